"""The words people may type, checked against the tools."""

from __future__ import annotations

import dataclasses

from intents import vocabulary
from intents.sentence import Choice, Items, Slot, parse
from intents.vocabulary import Phrases
from prompts.phrasebook import Phrasebook
from tools.catalog import TOOLS

_TOOLS = {spec.name: tuple(spec.arguments.model_fields) for spec in TOOLS}


class TestVocabulary:
    def test_fits_the_tools(self) -> None:
        assert vocabulary.check(vocabulary.load(), _TOOLS) == []

    def test_says_what_does_not_fit(self) -> None:
        words = vocabulary.load()
        odd = dataclasses.replace(
            words.intents["undo"], phrases=(Phrases(("undo",), {"twice": True}),)
        )
        words = dataclasses.replace(words, intents={**words.intents, "undo": odd})
        assert vocabulary.check(words, _TOOLS) == ["undo has no argument twice"]

    def test_has_at_least_25_ways_to_ask_for_each_tool(self) -> None:
        for intent in vocabulary.load().tools().values():
            said = {template for group in intent.phrases for template in group.say}
            assert len(said) >= 25, intent.label

    def test_has_values_for_every_slot_of_every_phrase(self) -> None:
        words = vocabulary.load()
        for intent in words.intents.values():
            for group in intent.phrases:
                for template in group.say:
                    unknown = _slots(parse(template)) - set(words.fillers)
                    assert not unknown, (intent.label, template)

    def test_answers_talk_with_phrases_that_exist(self) -> None:
        words, book = vocabulary.load(), Phrasebook.load("en")
        talk = [one for one in words.intents.values() if not one.tool and one.does is None]
        keys = {intent.phrase for intent in talk}
        keys |= {command.phrase for command in words.commands.values() if command.phrase}
        assert [key for key in sorted(keys) if key not in book] == []

    def test_tells_in_calibration_only_of_requests_there_are(self) -> None:
        labels = vocabulary.tables_of("en", "calibration")
        assert set(labels) == set(vocabulary.load().intents)


def _slots(items: Items) -> set[str]:
    found: set[str] = set()
    for item in items:
        if isinstance(item, Slot):
            found.add(item.name)
        elif isinstance(item, Choice):
            for way in item.ways:
                found |= _slots(way)
    return found
