"""One exchange: a message, how it was understood, what ran and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.conversation.plan import Plan
from core.ids import TurnId

# A turn that has not moved for this long may be taken over by another worker.
LEASE = timedelta(seconds=30)
# After this many takeovers the message is set aside for a person to look at.
MAX_ATTEMPTS = 5


class InboundState(StrEnum):
    """What became of a message that came in."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    FAILED = "failed"


class TurnState(StrEnum):
    """How far a turn has come; a crash resumes from here."""

    OPEN = "open"
    PLANNED = "planned"
    REPLIED = "replied"
    FAILED = "failed"


TURN_MOVES: dict[TurnState, frozenset[TurnState]] = {
    TurnState.OPEN: frozenset({TurnState.PLANNED, TurnState.REPLIED, TurnState.FAILED}),
    TurnState.PLANNED: frozenset({TurnState.REPLIED, TurnState.FAILED}),
    TurnState.REPLIED: frozenset(),
    TurnState.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed turn. ``epoch`` fences: a worker that lost its lease cannot write any more."""

    id: TurnId
    conversation_id: str
    inbound_id: str
    epoch: int
    state: TurnState
    started_at: datetime
    plan: Plan | None = None
