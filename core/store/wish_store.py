"""How a user wants to hear of which alerts: one wish for each scope, some of them with an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from core.alerts.attention import Way, Wish
from core.ids import UserId
from core.store.insert_once import insert_once
from core.store.tables import plan as tables

_T = tables.alert_wishes
# Asked for with every alert: making it anew takes longer than running it.
_OF = (
    select(_T.c.scope, _T.c.way, _T.c.until)
    .where(_T.c.user_id == bindparam("user"))
    .order_by(_T.c.created_at.desc(), _T.c.scope)
)


class WishStore:
    """Keeps wishes about alerts."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def of(self, user_id: UserId) -> tuple[Wish, ...]:
        """Return a user's wishes, the newest first."""
        rows = self._connection.execute(_OF, {"user": user_id})
        return tuple(Wish(row.scope, Way(row.way), row.until) for row in rows)

    def find(self, user_id: UserId, scope: str) -> Wish | None:
        """Return the wish about just this scope, if there is one."""
        return next((one for one in self.of(user_id) if one.scope == scope), None)

    def put(self, user_id: UserId, wish: Wish, *, now: datetime) -> None:
        """Keep a wish instead of what held for its scope before."""
        values = {"way": wish.way.value, "until": wish.until, "created_at": now}
        mine = {"user_id": user_id, "scope": wish.scope}
        if not insert_once(self._connection, _T, {**mine, **values}):
            self._connection.execute(update(_T).where(*_is(user_id, wish.scope)).values(values))

    def remove(self, user_id: UserId, scope: str) -> bool:
        """Drop the wish about a scope; tell whether there was one."""
        return self._connection.execute(delete(_T).where(*_is(user_id, scope))).rowcount == 1

    def ended(self, now: datetime, limit: int = 200) -> tuple[UserId, ...]:
        """Return whose wishes have come to their end, each once."""
        query = select(_T.c.user_id).where(_T.c.until <= now).distinct().limit(limit)
        return tuple(UserId(user_id) for user_id in self._connection.execute(query).scalars())

    def clear(self, user_id: UserId, now: datetime) -> int:
        """Drop a user's wishes that have come to their end; return how many."""
        ended = delete(_T).where(_T.c.user_id == user_id, _T.c.until <= now)
        return self._connection.execute(ended).rowcount


def _is(user_id: UserId, scope: str) -> tuple[Any, ...]:
    return (_T.c.user_id == user_id, _T.c.scope == scope)
