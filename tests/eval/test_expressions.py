"""The bars of the grammars of times and amounts, on expressions that they were not made from."""

from __future__ import annotations

from intents.evaluate import EXPRESSIONS, FRESH_EXPRESSIONS, SENTENCES
from intents.expressions import measured


def test_are_read_as_they_are_meant() -> None:
    found = measured(SENTENCES / EXPRESSIONS)
    missed = [one for one in found if not one.right]
    assert len(found) >= 300
    assert len(missed) <= 0.03 * len(found), missed


def test_are_read_as_they_are_meant_on_a_second_list() -> None:
    found = measured(SENTENCES / FRESH_EXPRESSIONS)
    missed = [one for one in found if not one.right]
    assert len(found) >= 100
    assert len(missed) <= 0.10 * len(found), missed
