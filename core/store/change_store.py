"""Changes that can be taken back, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.ids import Ids, UserId
from core.store.tables import conversation as tables
from core.store.vault import Vault

_T = tables.changes
_ADD = insert(_T)


@dataclass(frozen=True, slots=True)
class Change:
    """One reversible change: its inverse steps and what was answered when it was made."""

    id: str
    tool: str
    inverse: Sequence[Mapping[str, Any]]
    answer: Mapping[str, Any]
    created_at: datetime


class ChangeStore:
    """Remembers changes and marks them undone."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add(
        self,
        user_id: UserId,
        *,
        call_key: str,
        tool: str,
        inverse: Sequence[Mapping[str, Any]],
        answer: Mapping[str, Any],
        now: datetime,
        ids: Ids,
    ) -> str:
        """Store a change and return its id."""
        change_id = ids.new("change")
        seal = self._vault.close_json
        values = {
            "id": change_id,
            "user_id": user_id,
            "call_key": call_key[:120],
            "tool": tool,
            "state": "done",
            "inverse": seal(user_id, ("changes", "inverse", change_id), list(inverse)),
            "answer": seal(user_id, ("changes", "answer", change_id), dict(answer)),
            "created_at": now,
        }
        self._connection.execute(_ADD, values)
        return change_id

    def latest(self, user_id: UserId) -> Change | None:
        """Return the newest change not yet undone."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.state == "done")
            .order_by(_T.c.created_at.desc(), _T.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        opened = self._vault.open_json
        return Change(
            id=row["id"],
            tool=row["tool"],
            inverse=opened(user_id, ("changes", "inverse", row["id"]), bytes(row["inverse"])),
            answer=opened(user_id, ("changes", "answer", row["id"]), bytes(row["answer"])),
            created_at=row["created_at"],
        )

    def mark_undone(self, user_id: UserId, change_id: str, *, now: datetime) -> bool:
        """Mark a change undone once; false when it already was."""
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.id == change_id, _T.c.user_id == user_id, _T.c.state == "done")
            .values(state="undone", undone_at=now)
        )
        return changed.rowcount == 1
