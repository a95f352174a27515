"""When a user's scheduled messages come next, by his wishes."""

from __future__ import annotations

from datetime import datetime

from core.schedules.due import ScheduleKind, next_daily, next_monthly, next_weekly
from core.users.preferences import Preferences

# When somebody wants no daily line, the monthly report still comes in the morning.
_MORNING = 8


def next_due(kind: ScheduleKind, wishes: Preferences, *, after: datetime) -> datetime | None:
    """Return when ``kind`` comes next for somebody with these wishes; nothing when it is off."""
    hour = wishes.summary_hour
    match kind:
        case ScheduleKind.DAILY_SUMMARY:
            return None if hour is None else next_daily(after, hour=hour, zone=wishes.zone)
        case ScheduleKind.WEEKLY_RECAP:
            if wishes.recap_day is None:
                return None
            at = _MORNING if hour is None else hour
            return next_weekly(after, weekday=wishes.recap_day, hour=at, zone=wishes.zone)
        case ScheduleKind.MONTHLY_REPORT:
            if wishes.report_day is None:
                return None
            at = _MORNING if hour is None else hour
            return next_monthly(after, day=wishes.report_day, hour=at, zone=wishes.zone)
        case ScheduleKind.BILL_WATCH:
            at = _MORNING if hour is None else hour
            return next_daily(after, hour=at, zone=wishes.zone)
