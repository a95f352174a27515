"""Rules about what is said unasked: reminders come, pauses end, what waits was not told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from core.alerts.alert import AlertState
from core.schedules.reminder import ReminderState
from core.store.sweep.rule import LONG_AGO, Invariant, Rule
from core.store.tables import plan

_ALERTS, _WISHES, _REMINDERS = plan.alerts, plan.alert_wishes, plan.reminders


def _reminder_never_came() -> Select[Any]:
    return select(_REMINDERS.c.id).where(
        _REMINDERS.c.state == ReminderState.ACTIVE.value, _REMINDERS.c.due_at <= LONG_AGO
    )


def _pause_without_end() -> Select[Any]:
    """Find pauses that are over and still there: what they held back waits on."""
    return select(_WISHES.c.user_id).where(_WISHES.c.until <= LONG_AGO)


def _told_and_held() -> Select[Any]:
    waits = (AlertState.HELD.value, AlertState.MUTED.value)
    return select(_ALERTS.c.id).where(_ALERTS.c.state.in_(waits), _ALERTS.c.told_at.is_not(None))


RULES = (
    Rule(Invariant.I10, "reminder_never_came", _reminder_never_came()),
    Rule(Invariant.I10, "pause_without_end", _pause_without_end()),
    Rule(Invariant.I3, "told_and_held", _told_and_held()),
)
