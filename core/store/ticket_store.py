"""Tickets: one waiting for each user, each move of its state made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, case, func, insert, select, update

from core.handoff.ticket import (
    Ticket,
    TicketNote,
    TicketReason,
    TicketState,
    TicketUnknown,
    quiet_until,
    sources,
)
from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import handoff as tables
from core.store.vault import Vault

_T, _N = tables.tickets, tables.ticket_notes
_WAITING = (TicketState.OPEN.value, TicketState.TAKEN.value)
# Asked for in every round over all users: making it anew takes longer than running it.
_QUIET = select(func.max(_T.c.quiet_until)).where(_T.c.user_id == bindparam("user"))


class TicketStore:
    """Keeps tickets and what was written on them."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def open(
        self, user_id: UserId, conversation_id: str, reason: TicketReason, *, now: datetime
    ) -> tuple[Ticket, bool]:
        """Return the user's waiting ticket, and whether it is new; there is never a second one.

        A graver reason than the one it was opened for is kept, and so is the longer quiet.
        """
        is_new = insert_once(
            self._connection,
            _T,
            {
                "user_id": user_id,
                "conversation_id": conversation_id,
                "reason": reason.value,
                "state": TicketState.OPEN.value,
                "opened_at": now,
                "quiet_until": quiet_until(reason, now=now),
            },
        )
        ticket = self.waiting(user_id)
        assert ticket is not None
        if not is_new and reason is TicketReason.DISTRESS:
            ticket = self._graver(ticket, quiet_until(reason, now=now))
        return ticket, is_new

    def waiting(self, user_id: UserId) -> Ticket | None:
        """Return the user's ticket that nobody has dealt with yet."""
        query = select(_T).where(_T.c.user_id == user_id, _T.c.state.in_(_WAITING))
        row = self._connection.execute(query).mappings().first()
        return _ticket(row) if row is not None else None

    def latest(self, user_id: UserId) -> Ticket | None:
        """Return the user's newest ticket in any state."""
        query = select(_T).where(_T.c.user_id == user_id).order_by(_T.c.number.desc()).limit(1)
        row = self._connection.execute(query).mappings().first()
        return _ticket(row) if row is not None else None

    def get(self, number: int) -> Ticket:
        """Return one ticket; raise `TicketUnknown`."""
        row = self._connection.execute(select(_T).where(_T.c.number == number)).mappings().first()
        if row is None:
            raise TicketUnknown
        return _ticket(row)

    def listed(self, *, waiting: bool, limit: int = 100) -> tuple[Ticket, ...]:
        """Return tickets for the console: who is in despair, then who waits longest, comes first.

        Those that are over come newest first.
        """
        chosen = _T.c.state.in_(_WAITING)
        despair = case((_T.c.reason == TicketReason.DISTRESS.value, 0), else_=1)
        order = (despair, _T.c.number) if waiting else (_T.c.number.desc(),)
        query = select(_T).where(chosen if waiting else ~chosen).order_by(*order).limit(limit)
        return tuple(map(_ticket, self._connection.execute(query).mappings()))

    def count_waiting(self) -> int:
        """Count the tickets that somebody has to deal with."""
        query = select(func.count()).select_from(_T).where(_T.c.state.in_(_WAITING))
        return int(self._connection.execute(query).scalar_one())

    def take(self, number: int, operator: UserId) -> bool:
        """Note who deals with it; false when somebody else does or it is over."""
        return self._move(number, TicketState.TAKEN, taken_by=operator)

    def close(self, number: int, operator: UserId, *, now: datetime) -> bool:
        """Close a waiting ticket, once."""
        return self._move(number, TicketState.CLOSED, closed_by=operator, closed_at=now)

    def withdraw(self, user_id: UserId, number: int, *, now: datetime) -> bool:
        """Take a ticket of the user's own back; with it the quiet ends."""
        if self.get(number).user_id != user_id:
            raise TicketUnknown
        return self._move(number, TicketState.WITHDRAWN, closed_at=now, quiet_until=now)

    def quiet_until(self, user_id: UserId, *, now: datetime) -> datetime | None:
        """Return until when nothing is said unasked to this user; nothing when it may be."""
        until: datetime | None = self._connection.execute(_QUIET, {"user": user_id}).scalar()
        return until if until is not None and until > now else None

    def set_quiet(self, user_id: UserId, until: datetime, *, now: datetime) -> bool:
        """End the quiet at ``until``; false when there is none."""
        latest = self.latest(user_id)
        if latest is None:
            return False
        shorter = (_T.c.user_id == user_id) & (_T.c.quiet_until > min(until, now))
        self._connection.execute(update(_T).where(shorter).values(quiet_until=min(until, now)))
        self._connection.execute(
            update(_T).where(_T.c.number == latest.number).values(quiet_until=until)
        )
        return True

    def note(self, ticket: Ticket, note: TicketNote) -> None:
        """Keep what an operator wrote; it is sealed under the key of whom it is about."""
        place = _place(ticket.number, note.written_at)
        self._connection.execute(
            insert(_N).values(
                ticket=ticket.number,
                user_id=ticket.user_id,
                author=note.author,
                body=self._vault.close(ticket.user_id, place, note.text),
                told=note.told,
                written_at=note.written_at,
            )
        )

    def notes(self, ticket: Ticket) -> tuple[TicketNote, ...]:
        """Return what was written on a ticket, oldest first."""
        query = select(_N).where(_N.c.ticket == ticket.number).order_by(_N.c.seq)
        return tuple(
            TicketNote(
                row["author"],
                self._vault.open(
                    ticket.user_id, _place(ticket.number, row["written_at"]), bytes(row["body"])
                ),
                row["written_at"],
                told=row["told"],
            )
            for row in self._connection.execute(query).mappings()
        )

    def _graver(self, ticket: Ticket, until: datetime) -> Ticket:
        graver = replace(
            ticket, reason=TicketReason.DISTRESS, quiet_until=max(until, ticket.quiet_until)
        )
        self._connection.execute(
            update(_T)
            .where(_T.c.number == ticket.number)
            .values(reason=graver.reason.value, quiet_until=graver.quiet_until)
        )
        return graver

    def _move(self, number: int, state: TicketState, **values: object) -> bool:
        """Move a state if it still is one that ``state`` may follow; one row changed means yes."""
        allowed = [old.value for old in sources(state)]
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.number == number, _T.c.state.in_(allowed))
            .values(state=state.value, **values)
        )
        return changed.rowcount == 1


def _ticket(row: RowMapping) -> Ticket:
    return Ticket(
        number=row["number"],
        user_id=UserId(row["user_id"]),
        conversation_id=row["conversation_id"],
        reason=TicketReason(row["reason"]),
        state=TicketState(row["state"]),
        opened_at=row["opened_at"],
        quiet_until=row["quiet_until"],
        taken_by=row["taken_by"],
        closed_by=row["closed_by"],
        closed_at=row["closed_at"],
    )


def _place(number: int, written_at: datetime) -> tuple[str, str, str]:
    return ("ticket_notes", "body", f"{number}:{written_at.isoformat()}")
