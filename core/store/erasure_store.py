"""Erasures: one open for each user, each move of its state made once."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from core.erasure.erasure import Erasure, ErasureState, due_at, sources
from core.ids import UserId
from core.store.eraser import Eraser
from core.store.insert_once import insert_once
from core.store.tables import erasure as tables
from core.store.vault import Vault

_T = tables.erasures
_OPEN = (ErasureState.SCHEDULED.value, ErasureState.LEAVING.value)


class ErasureStore:
    """Keeps erasures, and carries one out."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._eraser = Eraser(connection, vault)

    def schedule(self, erasure_id: str, user_id: UserId, *, now: datetime) -> bool:
        """Schedule an erasure under its approval's id, once; false when one is open already."""
        return insert_once(
            self._connection,
            _T,
            {
                "id": erasure_id,
                "user_id": user_id,
                "state": ErasureState.SCHEDULED.value,
                "asked_at": now,
                "due_at": due_at(now=now),
                "destroyed": "{}",
            },
        )

    def find(self, erasure_id: str) -> Erasure | None:
        """Return one erasure by the approval's id."""
        return self._one(_T.c.id == erasure_id)

    def open_for(self, user_id: UserId) -> Erasure | None:
        """Return what is scheduled for a user, or is being done."""
        return self._one((_T.c.user_id == user_id) & _T.c.state.in_(_OPEN))

    def due(self, *, now: datetime) -> Erasure | None:
        """Return the erasure whose farewell is due, or was begun: the oldest first."""
        is_due = (_T.c.state == ErasureState.SCHEDULED.value) & (_T.c.due_at <= now)
        leaving = _T.c.state == ErasureState.LEAVING.value
        return self._one(is_due | leaving)

    def listed(self, limit: int = 100) -> tuple[Erasure, ...]:
        """Return erasures for the console, newest first."""
        query = select(_T).order_by(_T.c.asked_at.desc(), _T.c.id.desc()).limit(limit)
        return tuple(map(_erasure, self._connection.execute(query).mappings()))

    def leave(self, erasure_id: str, *, now: datetime) -> bool:
        """Begin the farewell; from here on it cannot be taken back."""
        return self._move(erasure_id, ErasureState.LEAVING, left_at=now)

    def withdraw(self, user_id: UserId) -> Erasure | None:
        """Take a scheduled erasure back; nothing when there is none or it has begun."""
        found = self.open_for(user_id)
        if found is None or not self._move(found.id, ErasureState.WITHDRAWN):
            return None
        return self.find(found.id)

    def destroy(self, erasure: Erasure, *, now: datetime) -> Erasure | None:
        """Destroy everything that names the user, in the caller's transaction, once."""
        if not self._move(erasure.id, ErasureState.ERASED, erased_at=now):
            return None
        destroyed = self._eraser.destroy(erasure.user_id, now=now)
        self._connection.execute(
            update(_T).where(_T.c.id == erasure.id).values(destroyed=json.dumps(destroyed))
        )
        return self.find(erasure.id)

    def destroy_again(self, user_id: UserId, *, now: datetime) -> bool:
        """Destroy what a restored copy brought back of a user; false when it was nothing."""
        return bool(self._eraser.destroy(user_id, now=now))

    def _move(self, erasure_id: str, state: ErasureState, **values: object) -> bool:
        allowed = [old.value for old in sources(state)]
        changed = self._connection.execute(
            update(_T)
            .where(_T.c.id == erasure_id, _T.c.state.in_(allowed))
            .values(state=state.value, **values)
        )
        return changed.rowcount == 1

    def _one(self, where: object) -> Erasure | None:
        query = select(_T).where(where).order_by(_T.c.due_at, _T.c.id).limit(1)  # type: ignore[arg-type]  # a column expression
        row = self._connection.execute(query).mappings().first()
        return _erasure(row) if row is not None else None


def _erasure(row: RowMapping) -> Erasure:
    return Erasure(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        state=ErasureState(row["state"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        left_at=row["left_at"],
        erased_at=row["erased_at"],
        destroyed=json.loads(row["destroyed"]),
    )
