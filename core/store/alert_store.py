"""Alerts: each kept once, by the key that says what it was about and when; what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from core.alerts.alert import Alert, AlertKind, AlertState, move
from core.facts_json import answer_from_json, answer_to_json
from core.ids import Ids, UserId
from core.store.insert_once import insert_once
from core.store.tables import ledger
from core.store.tables import plan as tables
from core.store.vault import Vault
from core.store.wish_store import WishStore

_T = tables.alerts
# While a new version is rolled out there may be alerts of kinds that this one cannot tell: they
# are the new processes' to tell.
_IS_KNOWN = _T.c.kind.in_([kind.value for kind in AlertKind])
# Asked for in every round over all users: making it anew takes longer than running it.
_KEYS = select(_T.c.dedupe_key).where(_T.c.user_id == bindparam("user"))
_TOLD = select(_T.c.kind, _T.c.subject, _T.c.notice, _T.c.told_at).where(
    _T.c.user_id == bindparam("user"), _T.c.told_at >= bindparam("since"), _IS_KNOWN
)
_MARK = (
    update(_T)
    .where(_T.c.id == bindparam("alert"))
    .values(notice=bindparam("first"), told_at=bindparam("at"))
)


class Told(NamedTuple):
    """That a user was told of a subject: alerts of one message have the same ``notice``."""

    kind: AlertKind
    subject: str
    notice: str
    told_at: datetime


class AlertStore:
    """Keeps alerts, and in ``wishes`` how the user wants to hear of which."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self.wishes = WishStore(connection)

    def keep_once(self, alert: Alert, *, now: datetime, ids: Ids) -> Alert | None:
        """Keep an alert and return it with its id; nothing when the same was kept before."""
        kept = replace(alert, id=ids.new("alert"), found_at=now)
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
                "held_for": kept.held_for or None,
                "created_at": now,
            },
        )
        return kept if is_new else None

    def release(self, alert: Alert) -> Alert | None:
        """Take an alert out of those that wait, with its figures of today; nothing if it moved."""
        moved = move(alert, AlertState.RAISED)
        if not self.set_state(alert, moved.state):
            return None
        sealed = self._vault.close_json(
            alert.user_id, _place(alert.id), answer_to_json(alert.answer)
        )
        self._connection.execute(update(_T).where(_T.c.id == alert.id).values(facts=sealed))
        return moved

    def mark_told(self, alerts: Sequence[Alert], *, now: datetime) -> None:
        """Write down that alerts went out in one message."""
        first = alerts[0].id
        self._connection.execute(
            _MARK, [{"alert": one.id, "first": first, "at": now} for one in alerts]
        )

    def told_since(self, user_id: UserId, since: datetime) -> tuple[Told, ...]:
        """Return what a user was told since a moment."""
        rows = self._connection.execute(_TOLD, {"user": user_id, "since": since})
        return tuple(
            Told(AlertKind(row.kind), row.subject, row.notice, row.told_at) for row in rows
        )

    def waiting(self, user_id: UserId) -> tuple[Alert, ...]:
        """Return what is held back and not told yet, oldest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.state == AlertState.HELD.value, _IS_KNOWN)
            .order_by(_T.c.created_at, _T.c.id)
        )
        return tuple(self._alert(row) for row in self._connection.execute(query).mappings())

    def held_back(self, user_id: UserId, since: datetime, limit: int = 200) -> tuple[Alert, ...]:
        """Return what was not told when it was found, newest first, told later or not."""
        query = (
            select(_T)
            .where(
                _T.c.user_id == user_id,
                _T.c.held_for.is_not(None),
                _T.c.created_at >= since,
                _IS_KNOWN,
            )
            .order_by(_T.c.created_at.desc(), _T.c.id.desc())
            .limit(limit)
        )
        return tuple(self._alert(row) for row in self._connection.execute(query).mappings())

    def last_told(self, user_id: UserId, limit: int = 10) -> tuple[Alert, ...]:
        """Return the alerts that went out last, newest first, those of one message in its order."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.told_at.is_not(None), _IS_KNOWN)
            .order_by(_T.c.told_at.desc(), _T.c.created_at.desc(), _T.c.id.desc())
            .limit(limit)
        )
        return tuple(self._alert(row) for row in self._connection.execute(query).mappings())

    def of(self, user_id: UserId, limit: int = 50) -> tuple[Alert, ...]:
        """Return a user's alerts, newest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _IS_KNOWN)
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

    def get(self, user_id: UserId, alert_id: str) -> Alert | None:
        """Return one of the user's alerts, if it is his."""
        query = select(_T).where(_T.c.id == alert_id, _T.c.user_id == user_id, _IS_KNOWN)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else self._alert(row)

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
            held_for=row["held_for"] or "",
            found_at=row["created_at"],
            told_at=row["told_at"],
        )


def _place(alert_id: str) -> tuple[str, str, str]:
    return ("alerts", "facts", alert_id)
