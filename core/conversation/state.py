"""What a conversation remembers between turns, small enough to be read at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.conversation.plan import Ask, Option, ToolCall
from core.stored import known

# Carried slots are trusted for this long; after that a follow-up starts afresh.
FOCUS_LIFE = timedelta(minutes=15)
PENDING_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Frame:
    """The question the conversation is about: the last call that was answered."""

    call: ToolCall
    at: datetime
    subjects: tuple[str, ...] = ()  # handles shown in its answer, in the order of their numbers


@dataclass(frozen=True, slots=True)
class Pending:
    """A question the bot has asked and not had answered."""

    ask: Ask
    at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Focus, open question and what "that" and "2" point at.

    ``before`` is the focus of the turn before, for "no, I meant last month". ``last_entry`` is
    the handle (``entry:12``) of the entry last written or singled out. ``offers`` are calls that
    one word runs: after a correction ``always`` is an ``add_rule``. ``numbered`` is what a typed
    number stands for beyond the focus's subjects; ``more`` is what MORE goes on with: an answer
    and its next line, or left-over text. ``asked_freely``: a model's words ended in a question.
    """

    focus: Frame | None = None
    pending: Pending | None = None
    last_entry: str | None = None
    offers: Mapping[str, ToolCall] = field(default_factory=dict)
    numbered: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    failures: int = 0
    asked_freely: bool = False

    def fresh(self, now: datetime) -> DialogueState:
        """Drop what is too old to carry over into a turn at ``now``."""
        focus = self.focus if self.focus and now - self.focus.at <= FOCUS_LIFE else None
        pending = self.pending if self.pending and now - self.pending.at <= PENDING_LIFE else None
        return replace(self, focus=focus, pending=pending)


def state_to_json(state: DialogueState) -> dict[str, Any]:
    """Write a state as plain JSON values."""
    return {
        "focus": _frame_to_json(state.focus),
        "pending": _pending_to_json(state.pending),
        "last_entry": state.last_entry,
        "offers": {word: call_to_json(call) for word, call in state.offers.items()},
        "numbered": dict(state.numbered),
        "more": dict(state.more),
        "failures": state.failures,
        "asked_freely": state.asked_freely,
    }


def state_from_json(data: Mapping[str, Any]) -> DialogueState:
    """Read what `state_to_json` wrote; an empty mapping is a fresh conversation."""
    return DialogueState(
        focus=_frame_from_json(data.get("focus")),
        pending=_pending_from_json(data.get("pending")),
        last_entry=data.get("last_entry"),
        offers={word: call_from_json(call) for word, call in data.get("offers", {}).items()},
        numbered=data.get("numbered", {}),
        more=data.get("more", {}),
        failures=data.get("failures", 0),
        asked_freely=data.get("asked_freely", False),
    )


def call_to_json(call: ToolCall) -> dict[str, Any]:
    """Write a tool call as plain JSON values."""
    return {"tool": call.tool, "arguments": dict(call.arguments)}


def call_from_json(data: Mapping[str, Any]) -> ToolCall:
    """Read what `call_to_json` wrote."""
    return ToolCall(data["tool"], dict(data["arguments"]))


def ask_to_json(ask: Ask) -> dict[str, Any]:
    """Write a question as plain JSON values."""
    return {
        "call": call_to_json(ask.call),
        "slot": ask.slot,
        "phrase": ask.phrase,
        "fields": dict(ask.fields),
        "options": [asdict(option) for option in ask.options],
        **({"more": [call_to_json(one) for one in ask.more]} if ask.more else {}),
    }


def ask_from_json(data: Mapping[str, Any]) -> Ask:
    """Read what `ask_to_json` wrote."""
    return Ask(
        call=call_from_json(data["call"]),
        slot=data["slot"],
        phrase=data["phrase"],
        fields=dict(data["fields"]),
        options=tuple(Option(**known(Option, option)) for option in data["options"]),
        more=tuple(call_from_json(one) for one in data.get("more", ())),
    )


def _frame_to_json(frame: Frame | None) -> dict[str, Any] | None:
    if frame is None:
        return None
    return {
        "call": call_to_json(frame.call),
        "at": frame.at.isoformat(),
        "subjects": list(frame.subjects),
    }


def _frame_from_json(data: Mapping[str, Any] | None) -> Frame | None:
    if data is None:
        return None
    at = datetime.fromisoformat(data["at"])
    return Frame(call_from_json(data["call"]), at, tuple(data["subjects"]))


def _pending_to_json(pending: Pending | None) -> dict[str, Any] | None:
    if pending is None:
        return None
    return {
        "ask": ask_to_json(pending.ask),
        "at": pending.at.isoformat(),
        "tries": pending.tries,
    }


def _pending_from_json(data: Mapping[str, Any] | None) -> Pending | None:
    if data is None:
        return None
    return Pending(ask_from_json(data["ask"]), datetime.fromisoformat(data["at"]), data["tries"])
