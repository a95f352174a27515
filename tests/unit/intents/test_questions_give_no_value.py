"""A question never answers an open question with a figure of its own: nothing is set by it."""

from __future__ import annotations

import pytest

from intents.answers import slot_value
from intents.evaluate import generated_questions, sentences_in
from intents.held_out import Household
from intents.vocabulary import installed

_GIVEN = ("amount", "price", "quantity", "least", "apr")
# Every so manieth of some three thousand, so that all kinds of changes are among them.
_EACH = 10


@pytest.mark.slow
@pytest.mark.parametrize("language", installed())
def test_no_figure_of_a_generated_question_is_taken(language: str) -> None:
    household = Household(sentences_in(language) / "household.toml")
    asked = [f"{text} {1990 + place}" for place, text in enumerate(generated_questions(language))]
    taken = [
        (slot, text)
        for text in asked[::_EACH]
        for slot in ("amount", "quantity")
        if slot_value(slot, household.context(text)) is not None
    ]
    assert taken == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "who won in 1998?"),
        ("en", "what's the chance I win 5 million?"),
        ("en", "what was my balance on 3 november"),
        ("es", "¿quién ganó en 1998?"),
    ],
)
def test_nor_of_one_that_people_ask(language: str, text: str) -> None:
    context = Household(sentences_in(language) / "household.toml").context(text)
    assert [slot for slot in _GIVEN if slot_value(slot, context) is not None] == []


@pytest.mark.parametrize(
    "text", ["400", "about 400 a month", "400 euros", "it was 400", "i paid 400"]
)
def test_an_answer_is_taken_as_before(text: str) -> None:
    context = Household(sentences_in("en") / "household.toml").context(text)
    assert slot_value("amount", context) == "400"
