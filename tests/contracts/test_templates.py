"""What a template tells people to send is understood: they cannot be told another word later."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.conversation.context import Profile, TurnContext
from core.conversation.plan import ToolCall
from core.users.preferences import Preferences
from intents.languages import OfflinePlanners
from intents.words import command_words
from prompts.phrasebook import languages
from tests.people import NOW, TODAY
from tools.catalog import open_registry
from tools.spec import Effect

_FOLDER = Path(__file__).resolve().parents[2] / "prompts"
# A word to send stands in capitals, and is not the start of the sentence.
_TO_SEND = re.compile(r"(?<!^)\b[A-ZÁÉÍÓÚÑ]{3,}\b")
REGISTRY = open_registry()


def templates(language: str) -> dict[str, Any]:
    """Return the phrases that WhatsApp is asked to approve, by name."""
    text = (_FOLDER / language / "alerts.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["template"]
    return found


def words(language: str) -> set[str]:
    """Return every word that the templates of a language tell people to send."""
    return {
        word
        for phrase in templates(language).values()
        for text in (phrase.values() if isinstance(phrase, dict) else [phrase])
        for word in _TO_SEND.findall(text)
    }


CASES = [(language, word) for language in languages() for word in sorted(words(language))]


class TestTemplates:
    def test_name_a_word_in_every_language(self):
        assert {language for language, _ in CASES} == set(languages())

    @pytest.mark.parametrize(("language", "word"), CASES)
    def test_name_words_that_show_what_there_is(self, language, word):
        plain = command_words().plain(word)
        said = Preferences(language="en" if plain != word else language)
        context = TurnContext("user_1", said, NOW, TODAY, Profile.WHATSAPP, plain)
        plan = OfflinePlanners(REGISTRY, lambda _language: None).plan(context)
        assert plan is not None
        (step,) = plan.steps
        assert isinstance(step, ToolCall), f"{word} is not understood"
        assert REGISTRY.get(step.tool).effect is Effect.READ
        assert plan.confidence == 100
