"""The sentences that understanding is measured on: read here too, where every change is tested."""

from __future__ import annotations

from collections import Counter

from core.conversation.plan import Plan, PlannerName, ToolCall
from intents.evaluate import SENTENCES, judge
from intents.held_out import Case, cases, lines
from tools.catalog import TOOLS

# These come with a file, a photo or a bank's message, which a sentence alone does not bring.
_BRING_MORE = {"import_statement", "book_bank_text", "book_receipt"}
_EACH = 15
_NEAR = 200


def test_every_tool_is_asked_for_in_enough_ways() -> None:
    asked = Counter(case.tool for case in cases(SENTENCES / "utterances.toml"))
    names = {spec.name for spec in TOOLS} - _BRING_MORE
    assert {name for name in names if asked[name] < _EACH} == set()
    assert set(asked) <= names


def test_no_sentence_is_asked_twice() -> None:
    asked = Counter((case.text, case.before) for case in cases(SENTENCES / "utterances.toml"))
    assert [text for text, times in asked.items() if times > 1] == []
    near = lines(SENTENCES / "near_oos.toml")
    assert len(near) == len(set(near)) >= _NEAR


def test_what_is_left_out_counts_as_its_default_and_nothing_else_does() -> None:
    case = Case("bills", "show_bills", {})
    assert judge(case, _bills("bills")).slots_right
    assert not judge(case, _bills("income")).slots_right


def _bills(kind: str) -> Plan:
    return Plan(PlannerName.SENTENCE, (ToolCall("show_bills", {"kind": kind}),))
