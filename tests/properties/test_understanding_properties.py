"""Any text at all: the planner answers, asks or refuses, and never writes from a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.conversation.plan import Ask, Plan, Say, ToolCall
from intents import vocabulary
from intents.engine import OfflinePlanner
from intents.evaluate import writes
from intents.guess import Guess, Prediction
from intents.held_out import Household
from tools.catalog import TOOLS

_SPECS = {spec.name: spec for spec in TOOLS}
_HOUSEHOLD = Household(Path(__file__).resolve().parents[1] / "eval" / "household.toml")
_BEFORE = ("", "entry", "list", "spending", "budget", "set_budget", "cancel", "reply")


class _CertainOfEverything:
    """The worst classifier: sure of whatever the example says."""

    label = "oos"

    def predict(self, text: str, nudges: object) -> Prediction:
        return Prediction((Guess(self.label, 1.0), Guess("oos", -1.0)), 0.999)


_RECOGNISER = _CertainOfEverything()
_PLANNER = OfflinePlanner(TOOLS, lambda: _RECOGNISER)
_WORDS = sorted(vocabulary.load().requested)
_PIECES = st.sampled_from(
    [
        *_WORDS,
        "4",
        "12.50",
        "$20",
        "last month",
        "yesterday",
        "food",
        "groceries",
        "netflix",
        "uber",
        "savings",
        "K7QM",
        "number 2",
        "that",
        ",",
        "not",
        "?",
    ]
)
_TALK = st.lists(_PIECES, min_size=1, max_size=9).map(" ".join)
_LABELS = st.sampled_from(sorted(vocabulary.load().intents))


def _plan(text: str, before: str, label: str) -> Plan:
    _RECOGNISER.label = label
    return _PLANNER.plan(_HOUSEHOLD.context(text, before))


def _calls(plan: Plan) -> Iterator[ToolCall]:
    for step in plan.steps:
        if isinstance(step, ToolCall):
            yield step
        elif isinstance(step, Ask) and step.slot == "confirm":
            yield step.call


class TestAnyText:
    @given(st.text(max_size=200), st.sampled_from(_BEFORE), _LABELS)
    def test_gets_a_plan(self, text: str, before: str, label: str) -> None:
        assert _plan(text, before, label).steps

    @given(_TALK, st.sampled_from(_BEFORE), _LABELS)
    def test_leads_to_calls_that_the_tools_accept(self, text: str, before: str, label: str) -> None:
        for call in _calls(_plan(text, before, label)):
            try:
                _SPECS[call.tool].arguments.model_validate(dict(call.arguments))
            except ValidationError as error:
                pytest.fail(f"{text!r} [{before}]: {call} {error}")

    @given(_TALK, st.sampled_from(_BEFORE), _LABELS)
    def test_that_asks_never_writes(self, text: str, before: str, label: str) -> None:
        assert not writes(_plan(f"is it {text}?", before, label))

    @given(_TALK, st.sampled_from(_BEFORE), _LABELS)
    def test_says_only_phrases_or_asks_or_calls(self, text: str, before: str, label: str) -> None:
        plan = _plan(text, before, label)
        assert all(isinstance(step, (ToolCall, Ask, Say)) for step in plan.steps)
        assert 0 <= plan.confidence <= 100
