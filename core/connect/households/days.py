"""On which days something happens, between the first of the history and today."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.connect.households.chance import Chance
from core.connect.households.patterns import (
    HISTORY_MONTHS,
    LAST_WORKING_DAY,
    EveryDays,
    InMonth,
    Monthly,
    Often,
    Once,
    Rhythm,
)

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month, and how many months ago it is (0 is the current one)."""

    year: int
    month: int
    ago: int

    @property
    def length(self) -> int:
        """How many days it has."""
        return monthrange(self.year, self.month)[1]

    def day(self, number: int) -> date:
        """Return day ``number``, or the last one when the month is shorter."""
        return date(self.year, self.month, min(number, self.length))

    @property
    def last_working_day(self) -> date:
        """The last day that is no Saturday and no Sunday."""
        return _back_to_friday(self.day(self.length))


def months_until(today: date) -> tuple[Month, ...]:
    """Return the full months of the history and the current one, oldest first."""
    number = today.year * 12 + today.month - 1
    return tuple(Month(*_split(number - ago), ago=ago) for ago in range(HISTORY_MONTHS, -1, -1))


def _split(number: int) -> tuple[int, int]:
    return number // 12, number % 12 + 1


def days_of(rhythm: Rhythm, key: str, today: date, chance: Chance) -> Iterator[tuple[date, int]]:
    """Give every day of the rhythm up to today, with how many months ago it was.

    ``key`` says for whom chance is asked, so that no two patterns fall on the same days.
    """
    months = months_until(today)
    first = months[0].day(1)
    for day in _all_days(rhythm, key, today, chance):
        if first <= day <= today:
            yield day, (today.year - day.year) * 12 + today.month - day.month


def _all_days(rhythm: Rhythm, key: str, today: date, chance: Chance) -> Iterator[date]:
    match rhythm:
        case Monthly():
            yield from _monthly(rhythm, key, today, chance)
        case Often():
            yield from _often(rhythm, key, today, chance)
        case EveryDays(days, ago):
            yield from (today - timedelta(days=ago + step) for step in range(0, 460, days))
        case Once(ago):
            yield today - timedelta(days=ago)
        case InMonth(day):
            yield today.replace(day=min(day, today.day))


def _monthly(rhythm: Monthly, key: str, today: date, chance: Chance) -> Iterator[date]:
    for month in months_until(today):
        if not rhythm.newest <= month.ago <= rhythm.oldest:
            continue
        if (month.ago - rhythm.newest) % rhythm.every:
            continue
        if rhythm.months and month.month not in rhythm.months:
            continue
        yield _day_in(month, rhythm, chance.between(0, rhythm.late, key, month.year, month.month))


def _day_in(month: Month, rhythm: Monthly, late: int) -> date:
    if rhythm.day == LAST_WORKING_DAY:
        return month.last_working_day
    day = month.day(rhythm.day)
    return _back_to_friday(day) if rhythm.workday else day + timedelta(days=late)


def _often(rhythm: Often, key: str, today: date, chance: Chance) -> Iterator[date]:
    for month in months_until(today):
        if rhythm.months and month.month not in rhythm.months:
            continue
        words = (key, month.year, month.month)
        times = rhythm.times + (chance.below(3, "times", *words) - 1 if rhythm.times > 1 else 0)
        for number in chance.pick(range(1, month.length + 1), times, *words):
            yield month.day(number)


def _back_to_friday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))
