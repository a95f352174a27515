"""The erasure of one user: a time to think, a farewell, and then nothing is left that names him."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId

ACTION = "erase_data"
# The event of the audit trail whose hash proves that it was done, and what it came to.
PROVED_BY = "user.erased"
# Until then it can be taken back: what is destroyed cannot be brought back by anybody.
COOL_OFF = timedelta(hours=48)
# How long the farewell may take to leave before everything goes without it.
FAREWELL = timedelta(minutes=15)


class ErasureScheduled(FinanceError):
    """It is approved already and waits for its day."""

    code = "erasure.scheduled"


class ErasureUnknown(FinanceError):
    """Nothing is to be erased for this user, or it is too late to take it back."""

    code = "erasure.unknown"


class ErasureState(StrEnum):
    """How far an erasure has come."""

    SCHEDULED = "scheduled"  # approved; the user can still take it back
    LEAVING = "leaving"  # the farewell goes out
    ERASED = "erased"
    WITHDRAWN = "withdrawn"


ERASURE_MOVES: Mapping[ErasureState, frozenset[ErasureState]] = {
    ErasureState.SCHEDULED: frozenset({ErasureState.LEAVING, ErasureState.WITHDRAWN}),
    ErasureState.LEAVING: frozenset({ErasureState.ERASED}),
    ErasureState.ERASED: frozenset(),
    ErasureState.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure. ``id`` is the approval's own; ``destroyed`` counts rows by table, as proof.

    ``user_id`` is by then a number that leads to nobody: what it was derived from is gone.
    """

    id: str
    user_id: UserId
    state: ErasureState
    asked_at: datetime
    due_at: datetime
    left_at: datetime | None = None
    erased_at: datetime | None = None
    destroyed: Mapping[str, int] = field(default_factory=dict)


def due_at(*, now: datetime) -> datetime:
    """Return when an erasure approved ``now`` is carried out."""
    return now + COOL_OFF


def sources(new: ErasureState) -> tuple[ErasureState, ...]:
    """Return every state from which ``new`` may be reached, for a conditional update."""
    return tuple(old for old, moves in ERASURE_MOVES.items() if new in moves)


def erasure_payload() -> dict[str, str | int]:
    """Return the terms of an erasure: built for the proposal, and again before it is done."""
    return {"name": "everything", "hours": int(COOL_OFF.total_seconds() // 3600)}
