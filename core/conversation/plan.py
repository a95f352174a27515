"""What a planner decided to do with one message: tool calls, things to say, questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JsonValue = Any  # str | int | bool | None | list | dict: what survives JSON


class PlannerName(StrEnum):
    """Who understood the message."""

    PENDING = "pending"
    SENTENCE = "sentence"
    MODEL = "model"
    CLASSIFIER = "classifier"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A verb and its arguments, as JSON values; never an owner."""

    tool: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """A phrase to say: its key in the phrasebook and plain fields."""

    phrase: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One numbered answer to a question: a label and the value it stands for.

    ``phrase`` is the label's phrase key with ``fields``; or ``text`` is foreign text.
    """

    value: JsonValue
    phrase: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question back: which slot of which call is missing, and the choices if few.

    With ``slot == "call"`` each option's value is a whole call
    (``{"tool": .., "arguments": {..}}``): "did you mean 1, 2 or 3". With
    ``slot == "confirm"`` a yes runs ``call`` as it stands, and after it ``more``.
    """

    call: ToolCall
    slot: str
    phrase: str
    fields: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    more: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Decide:
    """The user's word on an approval, read by the grammar before any model saw the message.

    ``word`` is ``approve`` or ``decline``; ``code`` is "" when none was typed.
    """

    word: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with what the last answer had no room for (MORE)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A model's words over what the calls before it found: ``{f3}`` stands for a fact's figure.

    ``values`` are the facts as the words were checked against, by id: when a call finds something
    else by the time the turn is carried out, the words are dropped and the phrases answer.
    ``sums`` are figures that code works out of others: ``{"c1": ("sum", ("f1", "f4"))}``.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


Step = ToolCall | Say | Ask | Decide | Continue | Draft


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, who planned them, and how sure it was.

    ``confidence`` is whole per cent. ``understood`` is a short echo for logs and ``--json``
    (tool and slots), not for the user. ``ignored`` holds content words no slot explained.
    """

    planner: PlannerName
    steps: tuple[Step, ...]
    understood: str = ""
    confidence: int = 100
    ignored: tuple[str, ...] = ()
