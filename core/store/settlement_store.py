"""What pending entries were before they settled: known again, and what an undo goes back to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from core.ids import AccountId, EntryId, UserId
from core.store.tables import ledger

_T, _E = ledger.settlements, ledger.entries


@dataclass(frozen=True, slots=True)
class WasPending:
    """How a settled entry was known while it was pending."""

    booked_date: date
    external_id: str | None
    fingerprint: bytes | None
    import_id: str | None


class SettlementStore:
    """Keeps one row for each settled entry."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def add(self, entry_id: EntryId, *, import_id: str | None, now: datetime) -> None:
        """Keep what a pending entry is now, before ``import_id`` settles it."""
        query = select(
            _E.c.account_id, _E.c.booked_date, _E.c.external_id, _E.c.fingerprint, _E.c.import_id
        ).where(_E.c.id == entry_id)
        row = self._connection.execute(query).one()
        self._connection.execute(
            insert(_T).values(
                entry_id=entry_id,
                account_id=row.account_id,
                import_id=import_id,
                was_date=row.booked_date,
                was_external_id=row.external_id,
                was_fingerprint=row.fingerprint,
                was_import_id=row.import_id,
                settled_at=now,
            )
        )

    def take(self, entry_id: EntryId) -> WasPending | None:
        """Return what an entry was and forget that it ever settled."""
        row = self._connection.execute(select(_T).where(_T.c.entry_id == entry_id)).first()
        if row is None:
            return None
        self._connection.execute(delete(_T).where(_T.c.entry_id == entry_id))
        return WasPending(row.was_date, row.was_external_id, row.was_fingerprint, row.was_import_id)

    def settled_by(self, user_id: UserId, import_id: str) -> tuple[EntryId, ...]:
        """Return the entries of a user that an import settled."""
        query = (
            select(_T.c.entry_id)
            .join(_E, _E.c.id == _T.c.entry_id)
            .where(_T.c.import_id == import_id, _E.c.user_id == user_id)
            .order_by(_T.c.entry_id)
        )
        return tuple(EntryId(row[0]) for row in self._connection.execute(query))

    def keys(self, account_id: AccountId) -> tuple[set[bytes], set[str]]:
        """Return the fingerprints and provider ids under which settled entries were pending."""
        query = select(_T.c.was_fingerprint, _T.c.was_external_id).where(
            _T.c.account_id == account_id
        )
        rows = self._connection.execute(query).all()
        prints = {bytes(row[0]) for row in rows if row[0] is not None}
        return prints, {row[1] for row in rows if row[1] is not None}
