"""A ticket: one user's wish to hear from a person, until somebody has dealt with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId


class TicketUnknown(FinanceError):
    """There is no such ticket."""

    code = "handoff.unknown"


class TicketReason(StrEnum):
    """Why a person is wanted."""

    ASKED = "asked"
    COMPLAINT = "complaint"
    FAILURES = "failures"  # not understood several times in a row
    DISTRESS = "distress"


class TicketState(StrEnum):
    """How far a ticket has come."""

    OPEN = "open"
    TAKEN = "taken"  # somebody is on it
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  # by the user, before it was closed


TICKET_MOVES: Mapping[TicketState, frozenset[TicketState]] = {
    TicketState.OPEN: frozenset({TicketState.TAKEN, TicketState.CLOSED, TicketState.WITHDRAWN}),
    TicketState.TAKEN: frozenset({TicketState.CLOSED, TicketState.WITHDRAWN}),
    TicketState.CLOSED: frozenset(),
    TicketState.WITHDRAWN: frozenset(),
}
WAITING = frozenset({TicketState.OPEN, TicketState.TAKEN})

# How long nothing is said unasked to somebody who wants a person, unless they resume before.
QUIET: Mapping[TicketReason, timedelta] = {
    TicketReason.ASKED: timedelta(days=2),
    TicketReason.COMPLAINT: timedelta(days=2),
    TicketReason.FAILURES: timedelta(0),
    TicketReason.DISTRESS: timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket. ``number`` is what people call it by; ``quiet_until`` when nudges go on."""

    number: int
    user_id: UserId
    conversation_id: str
    reason: TicketReason
    state: TicketState
    opened_at: datetime
    quiet_until: datetime
    taken_by: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Tell whether somebody still has to deal with it."""
        return self.state in WAITING


@dataclass(frozen=True, slots=True)
class TicketNote:
    """What an operator wrote on a ticket; ``told`` is a word that the user was sent."""

    author: str
    text: str
    written_at: datetime
    told: bool = False


def quiet_until(reason: TicketReason, *, now: datetime) -> datetime:
    """Return until when nothing is said unasked."""
    return now + QUIET[reason]


def sources(new: TicketState) -> tuple[TicketState, ...]:
    """Return every state from which ``new`` may be reached, for a conditional update."""
    return tuple(old for old, moves in TICKET_MOVES.items() if new in moves)
