"""The daily line, the week's recap and the monthly report: at the user's hour, each time once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from core.schedules.due import ScheduleKind, is_still_useful
from core.store.schedule_store import Due, Occurrence, OccurrenceState
from core.store.unit_of_work import UnitOfWork
from core.users.due_times import next_due
from core.users.preferences import Preferences
from core.users.user import User, UserUnknown
from workers.bill_watch import watch_bills
from workers.context import JobContext
from workers.daily import send_daily
from workers.reports.build import send_report
from workers.weekly import send_recap

_log = logging.getLogger(__name__)
_TRY_AGAIN = timedelta(minutes=5)
# Schedules in one transaction: a commit costs more than all of them.
_AT_ONCE = 200
TOO_LATE = "too_late"
BROKE = "broke"
NO_USER = "no_user"
QUIET = "quiet"

# What makes an occurrence; each closes it together with its message.
_MAKERS: Mapping[ScheduleKind, Callable[[JobContext, User, Occurrence], None]] = {
    ScheduleKind.DAILY_SUMMARY: send_daily,
    ScheduleKind.WEEKLY_RECAP: send_recap,
    ScheduleKind.MONTHLY_REPORT: send_report,
    ScheduleKind.BILL_WATCH: watch_bills,
}


def fire_due(context: JobContext) -> int:
    """Write an occurrence for each schedule that has come round, and move the schedule on.

    All that is due at an hour, however many: a morning has no end of users.
    """
    now = context.clock.now()
    fired = 0
    while not context.stopping():
        with context.database.reading() as uow:
            due = uow.schedules.due(now=now, limit=_AT_ONCE)
        settled, new = _fire(context, due, now)
        fired += new
        if not settled:
            break
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


def _fire(context: JobContext, due: Sequence[Due], now: datetime) -> tuple[int, int]:
    """Fire in one transaction; return how many are settled, and how many of them came round.

    Several beats at once change nothing: what another one has moved is not settled here. When
    one of them breaks, each goes alone, so that it holds up no other.
    """
    try:
        with context.database.work() as uow:
            told = [_fire_one(uow, one, now) for one in due]
            uow.commit()
    except Exception:
        if len(due) == 1:
            _log.exception("schedule_broke", extra={"kind": due[0].kind})
            return 0, 0
        parts = [_fire(context, [one], now) for one in due]
        return sum(part[0] for part in parts), sum(part[1] for part in parts)
    return sum(fired is not None for fired in told), sum(fired is True for fired in told)


def _fire_one(uow: UnitOfWork, due: Due, now: datetime) -> bool | None:
    """Tell whether it came round: None when another beat has moved it, False when it is off."""
    try:
        wishes = uow.users.get(due.user_id).preferences
    except UserUnknown:
        uow.schedules.switch_off(due.user_id, due.kind)
        return False
    latest, following = _latest(due, wishes, now)
    if following is None:
        uow.schedules.switch_off(due.user_id, due.kind)
        return False
    return uow.schedules.fire(due, occurs_at=latest, next_due_at=following) or None


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
