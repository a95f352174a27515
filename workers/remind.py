"""Tells reminders when their time has come: each once for each time, however many look."""

from __future__ import annotations

import logging
from datetime import datetime

from core.facts import Answer, Line, day, named
from core.ids import UserId
from core.messaging.outbound import MessageClass
from core.schedules.reminder import LATE, Every, Reminder, ReminderState, ReminderUnknown, come
from core.store.unit_of_work import UnitOfWork
from core.users.user import UserUnknown
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

_log = logging.getLogger(__name__)


def remind(context: JobContext) -> int:
    """Tell what is due; return how many reminders were told.

    They are what the user asked for, at the time he asked for: no quiet hours and no budget.
    """
    with context.database.reading() as uow:
        due = uow.reminders.due(now=context.clock.now())
    told = 0
    for user_id, reminder_id in due:
        if context.stopping():
            break
        try:
            told += _remind(context, user_id, reminder_id)
        except Exception:
            # One that breaks must not keep the others from being told.
            _log.exception("reminder_broke", extra={"reminder": reminder_id})
    if told:
        context.wake.ring("deliver_bulk")
    return told


def _remind(context: JobContext, user_id: UserId, reminder_id: str) -> bool:
    """One reminder, one transaction: its message is stored and it moves on, both or neither."""
    now = context.clock.now()
    with context.database.work() as uow:
        try:
            reminder = uow.reminders.get(user_id, reminder_id)
            zone = uow.users.get(user_id).preferences.zone
        except (ReminderUnknown, UserUnknown):
            return False
        if reminder.state is not ReminderState.ACTIVE or reminder.due_at > now:
            return False
        due_at, after = come(reminder, now=now, zone=zone)
        if not uow.reminders.go_on(reminder, after):
            return False
        if due_at is not None:
            _tell(context, uow, reminder, due_at, now)
        uow.commit()
    return due_at is not None


def _tell(
    context: JobContext, uow: UnitOfWork, reminder: Reminder, due_at: datetime, now: datetime
) -> None:
    facts = (named("task", reminder.text), day("due", due_at))
    notice = Notice(
        user_id=reminder.user_id,
        answer=Answer(
            f"reminder.{_shape(reminder, late=now - due_at > LATE)}", facts, _again(uow, reminder)
        ),
        message_class=MessageClass.ALERT,
        dedupe_key=f"{reminder.handle}:{due_at.isoformat()}",
    )
    enqueue_notice(context, uow, notice)


def _shape(reminder: Reminder, *, late: bool) -> str:
    if reminder.alert_id:
        return "alert"
    if late:
        return "late"
    return "due" if reminder.every is Every.ONCE else "again"


def _again(uow: UnitOfWork, reminder: Reminder) -> tuple[Line, ...]:
    """Return the alert that is told again, without the days that have passed meanwhile."""
    alert = uow.alerts.get(reminder.user_id, reminder.alert_id) if reminder.alert_id else None
    if alert is None:
        return ()
    facts = tuple(fact for fact in alert.facts if fact.name != "days")
    return (Line(facts, alert.subject, alert.answer.shape),)
