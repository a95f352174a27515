"""Imported statement files: known by their hash, undone as a whole."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.ids import EntryId, Ids, UserId
from core.ledger.entry import IN_THE_BOOKS
from core.store.account_store import AccountStore
from core.store.ledger_store import LedgerStore
from core.store.opening_store import OpeningStore
from core.store.settlement_store import SettlementStore
from core.store.tables import ledger
from core.store.vault import Vault

_T = ledger.imports


class ImportStore:
    """Remembers files that were read."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add(
        self,
        user_id: UserId,
        *,
        file_hash: str,
        file_format: str,
        file_name: str,
        now: datetime,
        ids: Ids,
    ) -> str:
        """Open an import; its counts come with `count`."""
        import_id = ids.new("import")
        self._connection.execute(
            insert(_T).values(
                id=import_id,
                user_id=user_id,
                file_hash=file_hash,
                format=file_format,
                file_name=self._vault.close(
                    user_id, ("imports", "file_name", import_id), file_name[:120]
                ),
                rows=0,
                new_rows=0,
                state="booked",
                created_at=now,
            )
        )
        return import_id

    def count(self, import_id: str, *, rows: int, new_rows: int) -> None:
        """Keep how many rows the file had and how many were new."""
        self._connection.execute(
            update(_T).where(_T.c.id == import_id).values(rows=rows, new_rows=new_rows)
        )

    def take_back(self, user_id: UserId, import_id: str, *, now: datetime) -> None:
        """Undo an import as if its file had never come: it may come again."""
        books = LedgerStore(self._connection, self._vault)
        OpeningStore(self._connection, self._vault).close_up(user_id, import_id, now=now)
        for entry in SettlementStore(self._connection).settled_by(user_id, import_id):
            books.unsettle(user_id, entry, now=now)
        for entry in self._entries_of(user_id, import_id):
            books.forget(user_id, entry, now=now)
        AccountStore(self._connection, self._vault).forget_assertions(import_id)
        self._connection.execute(
            update(_T).where(_T.c.id == import_id, _T.c.user_id == user_id).values(state="undone")
        )

    def _entries_of(self, user_id: UserId, import_id: str) -> tuple[EntryId, ...]:
        """Return the entries an import booked that are still in the books."""
        table = ledger.entries
        query = (
            select(table.c.id)
            .where(
                table.c.user_id == user_id,
                table.c.import_id == import_id,
                table.c.state.in_([state.value for state in IN_THE_BOOKS]),
            )
            .order_by(table.c.id)
        )
        return tuple(EntryId(row[0]) for row in self._connection.execute(query))
