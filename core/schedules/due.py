"""The next time something is due at a local hour, also on days when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from core.period import today_in, zone_of


class ScheduleKind(StrEnum):
    """What a user gets by himself, at an hour of his choice."""

    DAILY_SUMMARY = "daily_summary"
    WEEKLY_RECAP = "weekly_recap"
    MONTHLY_REPORT = "monthly_report"
    BILL_WATCH = "bill_watch"  # reminders, and what is late: days pass without any entry


# How late it may still go out; after that the moment has passed and the next one is waited for.
USEFUL_FOR: dict[ScheduleKind, timedelta] = {
    ScheduleKind.DAILY_SUMMARY: timedelta(hours=6),
    ScheduleKind.WEEKLY_RECAP: timedelta(days=2),
    ScheduleKind.MONTHLY_REPORT: timedelta(days=7),
    ScheduleKind.BILL_WATCH: timedelta(hours=20),
}


def at_local(day: date, hour: int, zone: str) -> datetime:
    """Return the UTC moment at which clocks in ``zone`` show ``hour`` o'clock on ``day``.

    An hour that the clocks skip is the moment after the gap; one that comes twice is the first.
    """
    local = datetime.combine(day, time(hour), zone_of(zone))
    # In a gap the zone data moves forward by the size of the gap: 02:00 becomes 03:00.
    return local.astimezone(UTC)


def next_daily(after: datetime, *, hour: int, zone: str) -> datetime:
    """Return the first moment after ``after`` that is ``hour`` o'clock in ``zone``."""
    day = today_in(zone, after)
    candidates = (at_local(day + timedelta(days=step), hour, zone) for step in range(3))
    return next(moment for moment in candidates if moment > after)


def next_weekly(after: datetime, *, weekday: int, hour: int, zone: str) -> datetime:
    """Return the first moment after ``after`` that is ``hour`` o'clock on a day of the week.

    ``weekday`` 0 is Monday.
    """
    today = today_in(zone, after)
    first = today + timedelta(days=(weekday - today.weekday()) % 7)
    candidates = (at_local(first + timedelta(days=7 * step), hour, zone) for step in range(3))
    return next(moment for moment in candidates if moment > after)


def next_monthly(after: datetime, *, day: int, hour: int, zone: str) -> datetime:
    """Return the first moment after ``after`` that is day ``day`` of a month, ``hour`` o'clock.

    A day that a month does not have is its last one.
    """
    first = today_in(zone, after).replace(day=1)
    # relativedelta(day=31) clamps to the month's last day by itself.
    days = (first + relativedelta(months=step, day=day) for step in range(3))
    return next(moment for moment in (at_local(d, hour, zone) for d in days) if moment > after)


def is_still_useful(kind: ScheduleKind, due_at: datetime, *, now: datetime) -> bool:
    """Tell whether something due at ``due_at`` is worth sending ``now``."""
    return now - due_at <= USEFUL_FOR[kind]
