"""One exchange: a message, how it was understood, what ran and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.conversation.plan import Plan
from core.ids import TurnId

# A turn whose process has not renewed its lease for this long may be taken over by another worker:
# after a kill, so long does a chat wait. Whoever works on a turn renews it this often, for so long
# at most; a turn that takes longer than that hangs.
LEASE = timedelta(seconds=6)
RENEWED_EVERY = timedelta(seconds=2)
LONGEST = timedelta(seconds=60)
# After this many takeovers the message is set aside for a person to look at.
MAX_ATTEMPTS = 5
# From the third try on a dead worker's lease is twice as long as the one before: a message is given
# up after it has died for a minute and a half, not in a storm of restarts that has another cause.
_PATIENT_FROM = 3


def lease_of(attempt: int) -> timedelta:
    """Return how long a chat waits for a worker that dies at this ``attempt``, counted from 1."""
    return LEASE * (1 << max(0, min(attempt, MAX_ATTEMPTS) - _PATIENT_FROM + 1))


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
    TurnState.FAILED: frozenset({TurnState.OPEN}),  # an operator puts its message back
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
