"""Reminders in the user's own words: kept sealed, told once for each time they are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.ids import Ids, UserId
from core.schedules.reminder import (
    MOST_REMINDERS,
    Every,
    Reminder,
    ReminderState,
    ReminderUnknown,
    TooManyOpen,
    move,
    moved,
)
from core.store.tables import plan as tables
from core.store.vault import Vault

_T = tables.reminders


class ReminderStore:
    """Keeps reminders."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def add(self, reminder: Reminder, *, now: datetime, ids: Ids) -> Reminder:
        """Keep a new reminder and return it with its id; raise `TooManyOpen`."""
        if self._open(reminder.user_id) >= MOST_REMINDERS:
            raise TooManyOpen(limit=MOST_REMINDERS)
        kept = replace(reminder, id=ids.new("reminder"))
        sealed = self._vault.close(kept.user_id, _place(kept.id), kept.text)
        self._connection.execute(
            insert(_T).values(
                id=kept.id,
                user_id=kept.user_id,
                what=sealed,
                every=kept.every.value,
                anchor=kept.anchor,
                alert_id=kept.alert_id or None,
                created_at=now,
                **_times(kept),
            )
        )
        return kept

    def of(self, user_id: UserId) -> tuple[Reminder, ...]:
        """Return the user's reminders that still come, the next one first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.state == ReminderState.ACTIVE.value)
            .order_by(_T.c.due_at, _T.c.id)
        )
        return tuple(self._reminder(row) for row in self._connection.execute(query).mappings())

    def get(self, user_id: UserId, reminder_id: str) -> Reminder:
        """Return one of the user's reminders in any state; raise `ReminderUnknown`."""
        query = select(_T).where(_T.c.id == reminder_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise ReminderUnknown
        return self._reminder(row)

    def set_state(self, user_id: UserId, reminder_id: str, state: ReminderState) -> Reminder:
        """Delete or bring back; return the reminder as it was."""
        before = self.get(user_id, reminder_id)
        move(before, state)
        self._connection.execute(update(_T).where(_T.c.id == reminder_id).values(state=state.value))
        return before

    def due(self, *, now: datetime, limit: int = 200) -> tuple[tuple[UserId, str], ...]:
        """Return whose reminders have come round and which, longest waiting first."""
        query = (
            select(_T.c.user_id, _T.c.id)
            .where(_T.c.state == ReminderState.ACTIVE.value, _T.c.due_at <= now)
            .order_by(_T.c.due_at)
            .limit(limit)
        )
        return tuple((UserId(row.user_id), row.id) for row in self._connection.execute(query))

    def go_on(self, before: Reminder, after: Reminder) -> bool:
        """Move a reminder on to its next time, or to its end; false when another did so first."""
        changed = self._connection.execute(
            update(_T)
            .where(
                _T.c.id == before.id,
                _T.c.state == ReminderState.ACTIVE.value,
                _T.c.due_at == before.due_at,
            )
            .values(**_times(after))
        )
        return changed.rowcount == 1

    def follow_zone(self, user_id: UserId, zone: str) -> None:
        """Set the moments anew after the user's clock was changed: six o'clock stays six."""
        for one in self.of(user_id):
            self.go_on(one, moved(one, zone))

    def _open(self, user_id: UserId) -> int:
        query = select(func.count()).where(
            _T.c.user_id == user_id, _T.c.state == ReminderState.ACTIVE.value
        )
        return int(self._connection.execute(query).scalar_one())

    def _reminder(self, row: Mapping[Any, Any]) -> Reminder:
        user_id = UserId(row["user_id"])
        return Reminder(
            user_id=user_id,
            text=self._vault.open(user_id, _place(row["id"]), bytes(row["what"])),
            day=row["day"],
            clock=time.fromisoformat(row["clock"]) if row["clock"] else None,
            due_at=row["due_at"],
            every=Every(row["every"]),
            anchor=row["anchor"],
            state=ReminderState(row["state"]),
            alert_id=row["alert_id"] or "",
            id=row["id"],
        )


def _times(reminder: Reminder) -> dict[str, Any]:
    clock = reminder.clock.isoformat(timespec="minutes") if reminder.clock else None
    return {
        "day": reminder.day,
        "clock": clock,
        "due_at": reminder.due_at,
        "state": reminder.state.value,
    }


def _place(reminder_id: str) -> tuple[str, str, str]:
    return ("reminders", "what", reminder_id)
