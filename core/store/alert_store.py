"""Alerts raised: each once, by the key that says what it was about and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from core.alerts.alert import Alert, AlertKind, AlertState, move
from core.facts_json import answer_from_json, answer_to_json
from core.ids import Ids, UserId
from core.store.insert_once import insert_once
from core.store.tables import ledger
from core.store.tables import plan as tables
from core.store.vault import Vault

_T = tables.alerts
# Asked for in every round over all users: making it anew takes longer than running it.
_KEYS = select(_T.c.dedupe_key).where(_T.c.user_id == bindparam("user"))


class AlertStore:
    """Keeps alerts."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def raise_once(self, alert: Alert, *, now: datetime, ids: Ids) -> Alert | None:
        """Keep an alert and return it with its id; nothing when the same was raised before."""
        kept = replace(alert, id=ids.new("alert"))
        sealed = self._vault.close_json(kept.user_id, _place(kept.id), answer_to_json(kept.answer))
        is_new = insert_once(
            self._connection,
            _T,
            {
                "id": kept.id,
                "user_id": kept.user_id,
                "kind": kept.kind.value,
                "dedupe_key": kept.dedupe_key,
                "subject": kept.subject,
                "facts": sealed,
                "state": kept.state.value,
                "created_at": now,
            },
        )
        return kept if is_new else None

    def of(self, user_id: UserId, limit: int = 50) -> tuple[Alert, ...]:
        """Return a user's alerts, newest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id)
            .order_by(_T.c.created_at.desc(), _T.c.id.desc())
            .limit(limit)
        )
        return tuple(self._alert(row) for row in self._connection.execute(query).mappings())

    def keys(self, user_id: UserId) -> frozenset[str]:
        """Return what a user was ever told, by key."""
        return frozenset(self._connection.execute(_KEYS, {"user": user_id}).scalars())

    def set_state(self, alert: Alert, state: AlertState) -> bool:
        """Move an alert on; false when it has moved meanwhile."""
        moved = move(alert, state)
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.id == alert.id,
                _T.c.user_id == alert.user_id,
                _T.c.state == alert.state.value,
            )
            .values(state=moved.state.value)
        )
        return changed.rowcount == 1

    def users_since(self, mark: int) -> tuple[tuple[UserId, ...], int]:
        """Return whose books have changed after ``mark``, and the mark to go on from."""
        table = ledger.allocations
        newest = self._connection.execute(select(func.max(table.c.id))).scalar() or 0
        query = select(table.c.user_id).where(table.c.id > mark).distinct()
        users = sorted(UserId(user_id) for user_id in self._connection.execute(query).scalars())
        return tuple(users), max(mark, int(newest))

    def _alert(self, row: Mapping[Any, Any]) -> Alert:
        sealed = bytes(row["facts"])
        answer = self._vault.open_json(row["user_id"], _place(row["id"]), sealed)
        return Alert(
            user_id=UserId(row["user_id"]),
            kind=AlertKind(row["kind"]),
            dedupe_key=row["dedupe_key"],
            subject=row["subject"],
            facts=answer_from_json(answer).facts,
            state=AlertState(row["state"]),
            id=row["id"],
        )


def _place(alert_id: str) -> tuple[str, str, str]:
    return ("alerts", "facts", alert_id)
