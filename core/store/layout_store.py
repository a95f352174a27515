"""How a bank's tables are to be read, as the user confirmed it: asked once, known from then on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import review
from core.store.vault import Vault

_T = review.layouts


class LayoutStore:
    """Keeps layouts by the hash of their column names."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def of(self, user_id: UserId) -> Mapping[str, Mapping[str, Any]]:
        """Return all layouts a user has confirmed."""
        query = select(_T.c.header_hash, _T.c.mapping).where(_T.c.user_id == user_id)
        return {
            row[0]: self._vault.open_json(user_id, _place(row[0]), bytes(row[1]))
            for row in self._connection.execute(query)
        }

    def keep(
        self, user_id: UserId, header_hash: str, mapping: Mapping[str, Any], *, now: datetime
    ) -> None:
        """Keep a layout in place of an earlier one."""
        sealed = self._vault.close_json(user_id, _place(header_hash), mapping)
        values = {
            "user_id": user_id,
            "header_hash": header_hash,
            "mapping": sealed,
            "updated_at": now,
        }
        if insert_once(self._connection, _T, values):
            return
        self._connection.execute(
            update(_T)
            .where(_T.c.user_id == user_id, _T.c.header_hash == header_hash)
            .values(mapping=sealed, updated_at=now)
        )


def _place(header_hash: str) -> tuple[str, str, str]:
    return ("file_layouts", "mapping", header_hash)
