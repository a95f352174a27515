"""Watched prices, and how far each has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.errors import FinanceError
from core.ids import UserId
from core.investments.watch import (
    MOST_WATCHES,
    Direction,
    TooManyWatches,
    Watch,
    WatchState,
    move,
)
from core.store.tables import investment as tables
from core.store.vault import Vault

_T = tables.price_watches


class WatchUnknown(FinanceError):
    """The user watches no such price."""

    code = "watch.unknown"


class WatchStore:
    """Keeps watched prices."""

    def __init__(self, connection: Connection, _vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def of(self, user_id: UserId) -> tuple[Watch, ...]:
        """Return what the user watches, oldest first."""
        query = select(_T).where(_T.c.user_id == user_id, _T.c.state != WatchState.DELETED.value)
        rows = self._connection.execute(query.order_by(_T.c.id)).mappings()
        return tuple(_watch(row) for row in rows)

    def get(self, user_id: UserId, watch_id: int) -> Watch:
        """Return one watch of the user's in any state; raise `WatchUnknown`."""
        query = select(_T).where(_T.c.id == watch_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise WatchUnknown
        return _watch(row)

    def users(self) -> tuple[UserId, ...]:
        """Return everybody who watches a price."""
        query = select(_T.c.user_id).where(_T.c.state != WatchState.DELETED.value).distinct()
        return tuple(sorted(UserId(one) for one in self._connection.execute(query).scalars()))

    def add(self, watch: Watch, *, now: datetime) -> Watch:
        """Store a new watch and return it with its id."""
        if len(self.of(watch.user_id)) >= MOST_WATCHES:
            raise TooManyWatches(limit=MOST_WATCHES)
        values = {
            "user_id": watch.user_id,
            "symbol": watch.symbol,
            "name": watch.name,
            "currency": watch.currency,
            "direction": watch.direction.value,
            "target": watch.target,
            "state": watch.state.value,
            "passes": watch.passes,
            "seen_at": watch.seen_at,
            "created_at": now,
        }
        result = self._connection.execute(insert(_T).values(values))
        return replace(watch, id=int(result.inserted_primary_key[0]))  # type: ignore[index]

    def advance(self, before: Watch, after: Watch) -> bool:
        """Write how far a watch has come; false when somebody else has moved it meanwhile."""
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.id == before.id,
                _T.c.user_id == before.user_id,
                _T.c.state == before.state.value,
                _T.c.passes == before.passes,
            )
            .values(state=after.state.value, passes=after.passes, seen_at=after.seen_at)
        )
        return changed.rowcount == 1

    def set_state(self, user_id: UserId, watch_id: int, state: WatchState) -> Watch:
        """Delete a watch or bring it back; return it as it was."""
        before = self.get(user_id, watch_id)
        values: dict[str, Any] = {"state": move(before, state).state.value}
        if state is WatchState.NEW:
            values["seen_at"] = None
        self._connection.execute(
            update(_T).where(_T.c.id == watch_id, _T.c.user_id == user_id).values(values)
        )
        return before


def _watch(row: RowMapping) -> Watch:
    return Watch(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        symbol=row["symbol"],
        name=row["name"],
        currency=row["currency"],
        direction=Direction(row["direction"]),
        target=row["target"],
        state=WatchState(row["state"]),
        passes=row["passes"],
        seen_at=row["seen_at"],
    )
