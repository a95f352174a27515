"""What entries were for: allocations with their history, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.ids import EntryId, UserId
from core.ledger.entry import IN_THE_BOOKS, Allocation, EntryState, EntryUnknown
from core.money import Money
from core.period import month_number
from core.store.tables import ledger
from core.store.user_lock import UserLock
from core.store.vault import Vault

_A = ledger.allocations


@dataclass(frozen=True, slots=True)
class NoteOfChange:
    """One line of an entry's history: what was set, to what, by whom, when."""

    field: str
    value: str
    source: str
    at: datetime


class CategoryStore:
    """Changes what entries count as; the money itself never moves here."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self._lock = UserLock(connection)

    def allocate(
        self,
        user_id: UserId,
        entry_id: EntryId,
        allocations: Sequence[Allocation],
        *,
        now: datetime,
    ) -> None:
        """Replace an entry's allocations; the old ones stay as history. Raise `EntryUnknown`."""
        self._lock.hold(user_id)
        entries = ledger.entries
        query = select(entries.c.booked_date, entries.c.flow, entries.c.state).where(
            entries.c.id == entry_id, entries.c.user_id == user_id
        )
        found = self._connection.execute(query).first()
        if found is None:
            raise EntryUnknown
        booked_date, flow, state = found
        self._connection.execute(
            update(_A)
            .where(_A.c.entry_id == entry_id, _A.c.replaced_at.is_(None))
            .values(replaced_at=now, live=False)
        )
        rows = [
            {
                "entry_id": entry_id,
                "user_id": user_id,
                "booked_date": booked_date,
                "month": month_number(booked_date),
                "flow": flow,
                "category": part.category,
                "minor": part.amount.minor,
                "currency": part.amount.currency,
                "source": part.source,
                "confidence": part.confidence,
                "locked": part.locked,
                "live": EntryState(state) in IN_THE_BOOKS,
                "created_at": now,
            }
            for part in allocations
        ]
        if rows:  # an opening balance is for nothing
            self._connection.execute(insert(_A), rows)

    def past_allocations(self, entry_id: EntryId) -> tuple[tuple[Allocation, datetime], ...]:
        """Return every allocation an entry ever had with the time it was made, oldest first."""
        query = select(_A).where(_A.c.entry_id == entry_id).order_by(_A.c.id)
        return tuple(
            (
                Allocation(
                    row["category"],
                    Money(row["minor"], row["currency"]),
                    row["source"],
                    row["confidence"],
                    row["locked"],
                ),
                row["created_at"],
            )
            for row in self._connection.execute(query).mappings()
        )

    def annotate(
        self,
        user_id: UserId,
        entry_id: EntryId,
        field: str,
        value: str,
        *,
        source: str,
        now: datetime,
    ) -> None:
        """Keep a sealed note on an entry: its text, an old amount, an old date."""
        table = ledger.notes
        self._connection.execute(
            update(table)
            .where(
                table.c.entry_id == entry_id,
                table.c.field == field,
                table.c.replaced_at.is_(None),
            )
            .values(replaced_at=now)
        )
        place = ("annotations", field, str(entry_id))
        self._connection.execute(
            insert(table).values(
                entry_id=entry_id,
                field=field,
                value=self._vault.close(user_id, place, value),
                source=source,
                locked=source == "user",
                created_at=now,
            )
        )

    def history(self, user_id: UserId, entry_id: EntryId) -> tuple[NoteOfChange, ...]:
        """Return an entry's annotations, oldest first."""
        table = ledger.notes
        query = select(table).where(table.c.entry_id == entry_id).order_by(table.c.id)
        notes = []
        for row in self._connection.execute(query).mappings():
            place = ("annotations", row["field"], str(entry_id))
            value = self._vault.open(user_id, place, bytes(row["value"]))
            notes.append(NoteOfChange(row["field"], value, row["source"], row["created_at"]))
        return tuple(notes)

    def note(self, user_id: UserId, entry_id: EntryId) -> str:
        """Return the user's present note on an entry, or nothing."""
        return self.latest_note(user_id, entry_id, "note")

    def latest_note(self, user_id: UserId, entry_id: EntryId, field: str) -> str:
        """Return the newest annotation of a kind on an entry, or nothing."""
        notes = [n.value for n in self.history(user_id, entry_id) if n.field == field]
        return notes[-1] if notes else ""
