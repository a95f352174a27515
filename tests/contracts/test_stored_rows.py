"""Old and new code side by side: each reads what the other wrote into a row.

``tests/payloads/rows/0.1.0.json`` is what version 0.1.0 wrote. It is never written anew: a later
version adds a file beside it, and every version reads all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

import pytest

from checks import tree
from core.conversation.plan import Ask, Decide, Option, Plan, PlannerName, Say, ToolCall
from core.conversation.plan_json import plan_from_json, plan_to_json
from core.conversation.state import (
    DialogueState,
    Frame,
    Pending,
    state_from_json,
    state_to_json,
)
from core.facts import Answer, Choice, Line, money, named
from core.facts_json import answer_from_json, answer_to_json
from core.messaging.address import Address
from core.messaging.inbound import InboundFile, InboundKind, InboundMessage
from core.messaging.outbound import (
    Attachment,
    AttachmentKind,
    MessageClass,
    OutboundMessage,
)
from core.messaging.outbound import Choice as Button
from core.messaging.outbox import message_from_json, message_to_json
from core.money import Money
from core.store.inbox_store import _from_json, _to_json
from core.users.preferences import Preferences
from core.users.preferences_json import preferences_from_json, preferences_to_json
from tools.outcome import Done, NeedsInput
from tools.outcome_json import outcome_from_json, outcome_to_json

_AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
_ROWS = tree.ROOT / "tests" / "payloads" / "rows"
# What holds whatever its writer put in, by names of his own: nothing of it may be left out.
_FREE = {"fields", "arguments", "offers", "numbered", "more", "values", "wanted"}

_CALL = ToolCall("add_entry", {"amount": "4", "payee": "coffee"})
_ASK = Ask(_CALL, "category", "add_entry.category", options=(Option("food", text="Food"),))
_ANSWER = Answer(
    "entry.added",
    facts=(money("amount", Money(400, "USD")),),
    lines=(Line((named("payee", "Coffee"),), "entry:1", "entry.line"),),
    choices=(Choice("UNDO", "undo.label"),),
)
_SAMPLES: dict[str, Any] = {
    "inbox": InboundMessage(
        "update-1",
        Address.parse("telegram:700"),
        InboundKind.FILE,
        text="my statement",
        files=(InboundFile("ref", "june.pdf", "application/pdf", 1200),),
        sent_at=_AT,
        also_known_as=Address.parse("sms:+15550100"),
    ),
    "outbox": OutboundMessage(
        "Added $4.00.",
        choices=(Button("Undo", "UNDO"),),
        attachments=(Attachment(AttachmentKind.PDF, "a.pdf", "key", "application/pdf"),),
        message_class=MessageClass.REPLY,
    ),
    "plan": Plan(PlannerName.SENTENCE, (_CALL, Say("hello"), _ASK, Decide("approve", "K7QM"))),
    "state": DialogueState(
        focus=Frame(_CALL, _AT, ("entry:1",)),
        pending=Pending(_ASK, _AT),
        last_entry="entry:1",
        offers={"always": _CALL},
        numbered={"1": "food"},
    ),
    "answer": _ANSWER,
    "done": Done(_ANSWER, "chg_1"),
    "needs_input": NeedsInput("category", "add_entry.category", {}, (Option("food"),)),
    "preferences": Preferences(
        language="es", quiet_from=time(22), quiet_until=time(7), bill_lead_days=(3, 1)
    ),
}
_WRITE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "inbox": _to_json,
    "outbox": message_to_json,
    "plan": plan_to_json,
    "state": state_to_json,
    "answer": answer_to_json,
    "done": outcome_to_json,
    "needs_input": outcome_to_json,
    "preferences": preferences_to_json,
}
_READ: dict[str, Callable[[Any], Any]] = {
    "inbox": _from_json,
    "outbox": message_from_json,
    "plan": plan_from_json,
    "state": state_from_json,
    "answer": answer_from_json,
    "done": lambda data: outcome_from_json("done", data),
    "needs_input": lambda data: outcome_from_json("needs_input", data),
    "preferences": preferences_from_json,
}


def _stored(kind: str) -> dict[str, Any]:
    """Return what this code writes, after a way through the database."""
    found: dict[str, Any] = json.loads(json.dumps(_WRITE[kind](_SAMPLES[kind])))
    return found


def _of_tomorrow(value: Any, name: str = "") -> Any:
    """Return JSON as a later version might write it: each record has one field more."""
    if isinstance(value, Mapping):
        grown = {key: _of_tomorrow(below, key) for key, below in value.items()}
        return grown if name in _FREE else {**grown, "of_tomorrow": {"deep": [1]}}
    return [_of_tomorrow(each, name) for each in value] if isinstance(value, list) else value


class TestNewerRows:
    @pytest.mark.parametrize("kind", _SAMPLES)
    def test_are_read_by_what_is_known_of_them(self, kind: str):
        assert "of_tomorrow" in _of_tomorrow(_stored(kind))
        assert _READ[kind](_of_tomorrow(_stored(kind))) == _SAMPLES[kind]


class TestOlderRows:
    @pytest.mark.parametrize("version", sorted(path.stem for path in _ROWS.glob("*.json")))
    @pytest.mark.parametrize("kind", _SAMPLES)
    def test_are_read_with_what_came_later_at_its_default(self, kind: str, version: str):
        rows = json.loads((_ROWS / f"{version}.json").read_text())
        assert _READ[kind](rows[kind]) == _SAMPLES[kind]

    def test_there_are_some(self):
        assert (_ROWS / "0.1.0.json").exists()
