"""Quiet hours: when a message that can wait does wait."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from core.period import zone_of


def after_quiet(
    now: datetime, quiet_from: time | None, quiet_until: time | None, zone: str
) -> datetime:
    """Return ``now``, or the end of the quiet hours that ``now`` lies in.

    Quiet hours are on the user's wall clock and may cross midnight (22:00 to 07:00).
    """
    if quiet_from is None or quiet_until is None:
        return now
    local = now.astimezone(zone_of(zone))
    clock = local.time().replace(tzinfo=None)
    if not _is_within(clock, quiet_from, quiet_until):
        return now
    ends_tomorrow = quiet_from > quiet_until and clock >= quiet_from
    day = local.date() + timedelta(days=1 if ends_tomorrow else 0)
    end = datetime.combine(day, quiet_until, zone_of(zone)).astimezone(UTC)
    # Where the clocks are put back inside the quiet hours, their end can lie behind us already.
    return max(end, now)


def _is_within(clock: time, start: time, end: time) -> bool:
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end
