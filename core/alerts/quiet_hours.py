"""Quiet hours: the next moment at which the user may be disturbed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from core.period import zone_of


def is_quiet(moment: datetime, *, zone: str, start: time, end: time) -> bool:
    """Tell whether clocks in ``zone`` show a time from ``start`` up to but not including ``end``.

    Quiet hours may cross midnight. From and to the same time is no quiet hours at all.
    """
    clock = moment.astimezone(zone_of(zone)).time()
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def next_allowed(now: datetime, *, zone: str, start: time, end: time) -> datetime:
    """Return ``now``, or in quiet hours the first moment at which they end.

    What the user sees on his clock decides, also in the nights in which it is changed: an end
    that comes twice counts when the clock is not quiet after it, an end that is skipped comes
    after the gap. Only where the clock skips the whole time between two quiet hours does it
    take longer than a day.
    """
    if not is_quiet(now, zone=zone, start=start, end=end):
        return now
    where = zone_of(zone)
    today = now.astimezone(where).date()
    ends = (
        datetime.combine(today + timedelta(days=days), end, where).replace(fold=fold)
        for days in (0, 1, 2)
        for fold in (0, 1)
    )
    moments = (one.astimezone(UTC) for one in ends)
    return min(
        one for one in moments if one > now and not is_quiet(one, zone=zone, start=start, end=end)
    )
