"""What can become of a tool call: five outcomes, and what a tool function may return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.conversation.plan import Option
from core.errors import FieldValue, FinanceError
from core.facts import Answer


@dataclass(frozen=True, slots=True)
class Inverse:
    """One step that takes a change back: an undo operation and its arguments (JSON values)."""

    operation: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """Returned by a reversible write: what was done and how to take it back, last step first."""

    answer: Answer
    inverse: tuple[Inverse, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """Returned by a tool with an outside effect: exactly what would be done.

    ``payload`` holds integers, strings and lists only; its hash is what the user approves.
    """

    action: str
    payload: Mapping[str, Any]
    answer: Answer


class Unclear(FinanceError):
    """Raised by a tool that needs one more word from the user before it can act."""

    code = "tool.unclear"

    def __init__(
        self,
        slot: str,
        *,
        phrase: str,
        options: tuple[Option, ...] = (),
        **fields: FieldValue,
    ) -> None:
        """Name the missing slot, the question's phrase and the choices if there are few."""
        super().__init__(**fields)
        self.slot = slot
        self.phrase = phrase
        self.options = options


@dataclass(frozen=True, slots=True)
class Done:
    """The call ran. ``change_id`` is set when it can be undone."""

    answer: Answer
    change_id: str = ""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """Nothing happened yet: the stored approval waits for the user's word."""

    code: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class NeedsInput:
    """Nothing happened: one slot is missing or has several meanings."""

    slot: str
    phrase: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing happened, for an expected reason with a sentence under ``code``."""

    code: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """Something unexpected broke; nothing was kept. ``reference`` finds it in the log."""

    reference: str


Outcome = Done | NeedsApproval | NeedsInput | Refused | Failed
