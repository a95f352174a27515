"""How often a charge comes back, and on which day it comes next."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from core.money import Money
from core.period import month_number


class Cadence(StrEnum):
    """How often a charge comes back; the order is from the most to the least frequent."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    FOUR_WEEKLY = "four_weekly"  # every 28 days, thirteen times a year: prepaid phones, gyms
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


STEP_DAYS: Mapping[Cadence, int] = {
    Cadence.WEEKLY: 7,
    Cadence.BIWEEKLY: 14,
    Cadence.FOUR_WEEKLY: 28,
}
STEP_MONTHS: Mapping[Cadence, int] = {
    Cadence.MONTHLY: 1,
    Cadence.QUARTERLY: 3,
    Cadence.HALF_YEARLY: 6,
    Cadence.YEARLY: 12,
}
_TIMES_A_YEAR: Mapping[Cadence, int] = {
    Cadence.WEEKLY: 52,
    Cadence.BIWEEKLY: 26,
    Cadence.FOUR_WEEKLY: 13,
    Cadence.MONTHLY: 12,
    Cadence.QUARTERLY: 4,
    Cadence.HALF_YEARLY: 2,
    Cadence.YEARLY: 1,
}


_IN_EVERY_MONTH = 28


@lru_cache(maxsize=2_400)  # two hundred years; asked for again with every charge
def days_in_month(number: int) -> int:
    """Return how many days the month with that number has."""
    return monthrange(number // 12, number % 12 + 1)[1]


def day_in_month(number: int, day: int) -> date:
    """Return ``day`` of the month with that number, or the month's last day when it is shorter."""
    if day > _IN_EVERY_MONTH:
        day = min(day, days_in_month(number))
    return date(number // 12, number % 12 + 1, day)


def occurrence(first: date, cadence: Cadence, count: int, *, day: int | None = None) -> date:
    """Return the ``count``-th occurrence after ``first``, always counted from ``first``.

    Counting from the anchor keeps the 31st the 31st after a short month. ``day`` is the day of
    the month when ``first`` itself fell on another one (a weekend, the end of February).
    """
    if cadence in STEP_DAYS:
        return first + timedelta(days=STEP_DAYS[cadence] * count)
    return day_in_month(month_number(first) + STEP_MONTHS[cadence] * count, day or first.day)


def length_in_days(cadence: Cadence) -> int:
    """Return about how many days lie between two charges."""
    return STEP_DAYS.get(cadence) or STEP_MONTHS[cadence] * 365 // 12


def monthly_equivalent(amount: Money, cadence: Cadence) -> Money:
    """Return what the charge costs in an average month: a twelfth of what it costs in a year."""
    return amount.times(Fraction(_TIMES_A_YEAR[cadence], 12))


def yearly_cost(amount: Money, cadence: Cadence) -> Money:
    """Return what the charge costs in a year."""
    return amount.times(_TIMES_A_YEAR[cadence])
