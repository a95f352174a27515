"""The words people may type, checked against the tools."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from intents import vocabulary
from intents.sentence import Choice, Items, Slot, parse
from intents.vocabulary import Phrases
from prompts.phrasebook import Phrasebook
from tools.catalog import TOOLS

_TOOLS = {spec.name: tuple(spec.arguments.model_fields) for spec in TOOLS}


@pytest.mark.parametrize("language", vocabulary.installed())
class TestVocabulary:
    def test_fits_the_tools(self, language: str) -> None:
        assert vocabulary.check(vocabulary.load(language), _TOOLS) == []

    def test_has_at_least_25_ways_to_ask_for_each_tool(self, language: str) -> None:
        for intent in vocabulary.load(language).tools().values():
            said = {template for group in intent.phrases for template in group.say}
            assert len(said) >= 25, intent.label

    def test_has_values_for_every_slot_of_every_phrase(self, language: str) -> None:
        words = vocabulary.load(language)
        for intent in words.intents.values():
            for group in intent.phrases:
                for template in group.say:
                    unknown = _slots(parse(template)) - set(words.fillers)
                    assert not unknown, (intent.label, template)

    def test_answers_talk_with_phrases_that_exist(self, language: str) -> None:
        words, book = vocabulary.load(language), Phrasebook.load("en")
        talk = [one for one in words.intents.values() if not one.tool and one.does is None]
        keys = {intent.phrase for intent in talk}
        keys |= {command.phrase for command in words.commands.values() if command.phrase}
        assert [key for key in sorted(keys) if key not in book] == []

    def test_tells_in_calibration_only_of_requests_there_are(self, language: str) -> None:
        labels = vocabulary.tables_of(language, "calibration")
        assert set(labels) == set(vocabulary.load(language).intents)

    def test_says_all_that_the_first_language_says(self, language: str) -> None:
        first, other = vocabulary.load(), vocabulary.load(language)
        assert set(other.intents) == set(first.intents)
        for label, intent in first.intents.items():
            meant = other.intents[label]
            assert (meant.does, meant.phrase) == (intent.does, intent.phrase), label
            assert _settled(meant) == _settled(intent), label
            assert _fields(meant.restate) == _fields(intent.restate), label
            assert (meant.denies, meant.asked, meant.ahead) == (
                intent.denies,
                intent.asked,
                intent.ahead,
            ), label

    def test_has_every_word_list_that_the_code_asks_for(self, language: str) -> None:
        for name in ("dialogue", "commands"):
            here, first = vocabulary.tables_of(language, name), vocabulary.tables_of("en", name)
            assert set(_lists(first)) - set(_lists(here)) == set()


class TestCheck:
    def test_says_what_does_not_fit(self) -> None:
        words = vocabulary.load()
        odd = dataclasses.replace(
            words.intents["undo"], phrases=(Phrases(("undo",), {"twice": True}),)
        )
        words = dataclasses.replace(words, intents={**words.intents, "undo": odd})
        assert vocabulary.check(words, _TOOLS) == ["undo has no argument twice"]


class TestLoad:
    def test_lends_what_a_language_does_not_say_yet(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        folder = tmp_path / "intents"
        shutil.copytree(vocabulary.FOLDER, folder, ignore=shutil.ignore_patterns("*.py"))
        (folder / "es" / "undo.toml").unlink()
        monkeypatch.setattr(vocabulary, "FOLDER", folder)
        vocabulary.load.cache_clear()
        try:
            assert "revert" in vocabulary.load("es").intents["undo"].literals
            assert "saldo" in vocabulary.load("es").intents["show_balances"].literals
        finally:
            vocabulary.load.cache_clear()

    def test_knows_no_language_without_commands(self) -> None:
        with pytest.raises(FileNotFoundError):
            vocabulary.load("hi")


def _settled(intent: vocabulary.Intent) -> set[str]:
    """Return the arguments that phrases or cues of a request settle, with their values."""
    if intent.tool == "set_goal":
        return set()  # a goal is called by a name in the language
    said = {
        f"{name}={value}" for group in intent.phrases for name, value in group.arguments.items()
    }
    return said | {f"{name}={value}" for name, values in intent.cues.items() for value in values}


def _fields(restate: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", restate))


def _lists(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Give the paths of all lists, but for those whose keys are words of the language."""
    own = (".settings.hours", ".stocks.quantities", ".investing.counts")
    for key, value in table.items():
        here = f"{path}.{key}"
        if isinstance(value, dict) and here not in own:
            yield from _lists(value, here)
        else:
            yield here


def _slots(items: Items) -> set[str]:
    found: set[str] = set()
    for item in items:
        if isinstance(item, Slot):
            found.add(item.name)
        elif isinstance(item, Choice):
            for way in item.ways:
                found |= _slots(way)
    return found
