"""What a budget carries from one period into the next: what was left, or what was overspent.

Nothing is written down when a period closes. A budget remembers since when it carries and what
limits it had before the present one; the rest is one sum over all the time since, so that an
entry dated back, corrected or deleted counts in what is carried as it does anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from core.period import Calendar, Grain, Period, month_number, period_of


@dataclass(frozen=True, slots=True)
class Carry:
    """Since when a budget carries, and what it was allowed before its present limit.

    ``since`` is the first day whose limits and spending count. The limit holds from
    ``limit_since`` on; ``granted`` are the limits of the periods before it, in minor units.
    """

    since: date
    limit_since: date
    granted: int = 0


def begun(period: Period, granted: int = 0) -> Carry:
    """Return a carry that begins with ``period``: its rest is the first that goes on."""
    return Carry(period.start, period.start, granted)


def granted_before(carry: Carry, limit: int, period: Period, calendar: Calendar) -> int:
    """Return all limits since the carry began, the one of ``period`` left out, in minor units."""
    return carry.granted + limit * _periods_between(carry.limit_since, period, calendar)


def settled(carry: Carry, limit: int, period: Period, calendar: Calendar) -> Carry:
    """Return the carry as it goes on when another limit than ``limit`` holds from ``period`` on."""
    granted = granted_before(carry, limit, period, calendar)
    return replace(carry, limit_since=period.start, granted=granted)


def _periods_between(since: date, period: Period, calendar: Calendar) -> int:
    """Count the periods from the one that holds ``since`` up to, but not including, ``period``."""
    first = period_of(period.grain, since, calendar)
    if period.grain is Grain.WEEK:
        number = (period.start - first.start).days // 7
    elif period.grain is Grain.YEAR:
        number = period.start.year - first.start.year
    else:
        # A start day that a month does not have is its last day, so months are never skipped.
        number = month_number(period.start) - month_number(first.start)
    return max(number, 0)
