"""The daily line and the monthly report: at the user's hour, each time once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from core.schedules.due import ScheduleKind, is_still_useful
from core.store.schedule_store import Due, Occurrence, OccurrenceState
from core.users.due_times import next_due
from core.users.preferences import Preferences
from core.users.user import User, UserUnknown
from workers.bill_watch import watch_bills
from workers.context import JobContext
from workers.daily import send_daily
from workers.reports.build import send_report

_log = logging.getLogger(__name__)
_TRY_AGAIN = timedelta(minutes=5)
TOO_LATE = "too_late"
BROKE = "broke"
NO_USER = "no_user"
QUIET = "quiet"

# What makes an occurrence; each closes it together with its message.
_MAKERS: Mapping[ScheduleKind, Callable[[JobContext, User, Occurrence], None]] = {
    ScheduleKind.DAILY_SUMMARY: send_daily,
    ScheduleKind.MONTHLY_REPORT: send_report,
    ScheduleKind.BILL_WATCH: watch_bills,
}


def fire_due(context: JobContext) -> int:
    """Write an occurrence for each schedule that has come round, and move the schedule on."""
    now = context.clock.now()
    with context.database.reading() as uow:
        due = uow.schedules.due(now=now)
    fired = sum(_fire(context, one, now) for one in due)
    if fired:
        context.wake.ring("make_summaries")
    return fired


def make_summaries(context: JobContext) -> int:
    """Make what is due, one occurrence at a time."""
    made = 0
    while made < context.limits.round_items and not context.stopping():
        held = _claim(context)
        if held is None:
            break
        _make(context, held)
        made += 1
    return made


def _fire(context: JobContext, due: Due, now: datetime) -> bool:
    """One schedule, one transaction: several beats at once change nothing."""
    with context.database.work() as uow:
        try:
            wishes = uow.users.get(due.user_id).preferences
        except UserUnknown:
            uow.schedules.switch_off(due.user_id, due.kind)
            uow.commit()
            return False
        latest, following = _latest(due, wishes, now)
        if following is None:
            uow.schedules.switch_off(due.user_id, due.kind)
            fired = False
        else:
            fired = uow.schedules.fire(due, occurs_at=latest, next_due_at=following)
        uow.commit()
    return fired


def _latest(due: Due, wishes: Preferences, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the last time it was due and the next: what was missed is made up for once."""
    latest, following = due.due_at, next_due(due.kind, wishes, after=due.due_at)
    while following is not None and following <= now:
        latest, following = following, next_due(due.kind, wishes, after=following)
    return latest, following


def _claim(context: JobContext) -> Occurrence | None:
    with context.database.work() as uow:
        held = uow.schedules.claim(now=context.clock.now(), lease=context.limits.occurrence_lease)
        uow.commit()
    return held


def _make(context: JobContext, held: Occurrence) -> None:
    """Make one occurrence; what breaks is tried again, and given up after some tries."""
    if not is_still_useful(held.kind, held.due_at, now=context.clock.now()):
        _settle(context, held, OccurrenceState.SKIPPED, TOO_LATE)
        return
    user = _user(context, held)
    if user is None:
        _settle(context, held, OccurrenceState.SKIPPED, NO_USER)
        return
    if _is_quiet(context, user):
        _settle(context, held, OccurrenceState.SKIPPED, QUIET)
        return
    try:
        _MAKERS[held.kind](context, user, held)
    except Exception:
        _log.exception("summary_broke", extra={"kind": held.kind, "tries": held.attempts})
        _broke(context, held)


def _broke(context: JobContext, held: Occurrence) -> None:
    if held.attempts >= context.limits.occurrence_tries:
        _settle(context, held, OccurrenceState.FAILED, BROKE)
        return
    with context.database.work() as uow:
        uow.schedules.postpone(held, until=context.clock.now() + _TRY_AGAIN, note=BROKE)
        uow.commit()


def _user(context: JobContext, held: Occurrence) -> User | None:
    with context.database.reading() as uow:
        try:
            return uow.users.get(held.user_id)
        except UserUnknown:
            return None


def _is_quiet(context: JobContext, user: User) -> bool:
    """Tell whether the user waits for a person and is to hear nothing unasked."""
    with context.database.reading() as uow:
        return uow.tickets.quiet_until(user.id, now=context.clock.now()) is not None


def _settle(context: JobContext, held: Occurrence, state: OccurrenceState, note: str) -> None:
    with context.database.work() as uow:
        uow.schedules.settle(held, state, note=note)
        uow.commit()
