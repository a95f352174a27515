"""Half-open spans of days in the user's zone: weeks, months, quarters, fiscal years, pay cycles."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.errors import FinanceError

# "All time" has to begin and end somewhere that every calendar and database can hold.
EARLIEST = date(1970, 1, 1)
LATEST = date(2100, 1, 1)


class PeriodUnreadable(FinanceError):
    """The text is not a period in the canonical form."""

    code = "period.unreadable"


class ZoneUnknown(FinanceError):
    """The name is not a time zone of the IANA list."""

    code = "period.unknown_zone"


def month_number(day: date) -> int:
    """Count months from the year nought, so that they can be added, compared and indexed."""
    return day.year * 12 + day.month - 1


def month_text(number: int) -> str:
    """Write a month's number as ``2026-11``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


class Grain(StrEnum):
    """How a period was meant, which decides its label and its predecessor."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    PAY_CYCLE = "pay_cycle"
    SPAN = "span"


_MONTHS = {
    Grain.MONTH: 1,
    Grain.QUARTER: 3,
    Grain.YEAR: 12,
    Grain.FISCAL_YEAR: 12,
    Grain.PAY_CYCLE: 1,
}
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Calendar:
    """How one user divides time: ``week_start`` 0 is Monday; ``pay_day`` is a day of the month.

    A pay day or a first day that a month does not have (31) falls on the month's last day.
    """

    week_start: int = 0
    month_start_day: int = 1
    fiscal_start_month: int = 1
    pay_day: int | None = None

    def __post_init__(self) -> None:
        """Refuse a calendar in which some day would belong to no period."""
        ranges = ((self.week_start, 0, 6), (self.month_start_day, 1, 31))
        if any(not low <= value <= high for value, low, high in ranges):
            raise ValueError("a week starts on 0..6, a month on 1..31")
        if not 1 <= self.fiscal_start_month <= 12 or not 1 <= (self.pay_day or 1) <= 31:
            raise ValueError("a fiscal year starts in 1..12, pay day is 1..31")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` up to but not including ``end``."""

    start: date
    end: date
    grain: Grain = Grain.SPAN

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.end < self.start:
            raise ValueError("a period ends before it begins")

    def __contains__(self, day: date) -> bool:
        """Tell whether ``day`` lies inside."""
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    def overlaps(self, other: Period) -> bool:
        """Tell whether some day lies in both."""
        return max(self.start, other.start) < min(self.end, other.end)

    def previous(self) -> Period:
        """Return the period of the same kind just before; see `shift`."""
        return self.shift(-1)

    def next(self) -> Period:
        """Return the period of the same kind just after; see `shift`."""
        return self.shift(1)

    def shift(self, count: int) -> Period:
        """Return the period ``count`` of its own kind later, always measured from this one.

        Counting from the anchor, and not step by step, keeps the 31st the 31st after a short
        month. A period cut short (`to_date`) moves as one: 1-18 November becomes 1-18 October,
        so that like is compared with like.
        """
        months, anchor = self._step_months()
        if not months:
            return self._shift_days(count)
        start = _add_months(self.start, count * months, anchor)
        whole = _add_months(self.start, (count + 1) * months, anchor)
        if _add_months(self.start, months, anchor) == self.end:
            return Period(start, whole, self.grain)
        return Period(start, min(whole, start + timedelta(days=self.days)), self.grain)

    def same_period_last_year(self) -> Period:
        """Return it a year earlier; weeks keep their weekday, so they go back 52 weeks."""
        if self.grain is Grain.WEEK:
            return self.shift(-52)
        months, _ = self._step_months()
        if self.grain is not Grain.SPAN and months:
            return self.shift(-12 // months)
        start = _add_months(self.start, -12, self.start.day)
        if self.grain is Grain.DAY:
            return Period(start, start + timedelta(days=self.days), Grain.DAY)
        return Period(start, _add_months(self.end, -12, self.end.day), self.grain)

    def to_date(self, today: date) -> Period:
        """Return the part up to and including ``today``; nothing when it lies ahead."""
        end = max(self.start, min(self.end, today + timedelta(days=1)))
        return Period(self.start, end, self.grain)

    def canonical(self) -> str:
        """Write it as machines exchange it: first and last day, and how it was meant."""
        if not self.days:
            raise ValueError("an empty period has no first and last day")
        text = f"{self.start.isoformat()}..{self.last_day.isoformat()}"
        return text if self.grain is Grain.SPAN else f"{text}#{self.grain}"

    def bounds(self, zone: str | ZoneInfo) -> tuple[datetime, datetime]:
        """Return the UTC moments at which it begins and has ended for somebody in ``zone``."""
        return start_of_day(self.start, zone), start_of_day(self.end, zone)

    def _step_months(self) -> tuple[int, int]:
        """Return how many months one step is (0: it moves by days) and its day of the month."""
        if self.grain is Grain.SPAN:
            return self._whole_months(), self.start.day
        months = _MONTHS.get(self.grain, 0)
        if not months:
            return 0, self.start.day
        # Of two months in a row one has 31 days, so the later of the two days is the day meant
        # even when the other month was too short for it.
        anchor = max(self.start.day, self.end.day)
        begins = _add_months(self.start, 0, anchor)
        if (begins, _add_months(self.start, months, anchor)) == (self.start, self.end):
            return months, anchor
        too_long = _add_months(self.start, months, self.start.day) < self.end
        return (0 if too_long else months), self.start.day

    def _whole_months(self) -> int:
        """Return how many months a span is made of, 0 when it is not made of months."""
        if self.start.day != self.end.day or self.start.day > 28:
            return 0
        return 12 * (self.end.year - self.start.year) + self.end.month - self.start.month

    def _shift_days(self, count: int) -> Period:
        step = timedelta(days=max(_DAYS.get(self.grain, 0), self.days) * count)
        return Period(self.start + step, self.end + step, self.grain)


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA time zone called ``name``; raise `ZoneUnknown`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name, or a folder of the zone list
        raise ZoneUnknown(zone=name[:40]) from None


def today_in(zone: str | ZoneInfo, now: datetime) -> date:
    """Return the date on a wall calendar in ``zone`` at the moment ``now``."""
    if now.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return now.astimezone(_zone(zone)).date()


def start_of_day(day: date, zone: str | ZoneInfo) -> datetime:
    """Return the UTC moment at which ``day`` begins in ``zone``.

    Where the clocks skip midnight, the day begins at the moment they are put forward; where
    midnight comes twice, at the first.
    """
    return datetime.combine(day, time(), _zone(zone)).astimezone(UTC)


def period_of(grain: Grain, day: date, calendar: Calendar | None = None) -> Period:
    """Return the one period of ``grain`` that holds ``day``; days tile into them without gaps.

    Quarters and years are those of the wall calendar; months begin on the user's start day. A
    pay cycle without a known pay day is a month. A span is no division of time: `ValueError`.
    """
    calendar = calendar or Calendar()
    match grain:
        case Grain.DAY:
            start, end = day, day + timedelta(days=1)
        case Grain.WEEK:
            start = day - timedelta(days=(day.weekday() - calendar.week_start) % 7)
            end = start + timedelta(days=7)
        case Grain.PAY_CYCLE if calendar.pay_day:
            start, end = _month_around(day, calendar.pay_day)
        case Grain.MONTH | Grain.PAY_CYCLE:
            start, end = _month_around(day, calendar.month_start_day)
        case Grain.QUARTER | Grain.YEAR | Grain.FISCAL_YEAR:
            first = calendar.fiscal_start_month if grain is Grain.FISCAL_YEAR else 1
            start, end = _months_from(day, _MONTHS[grain], first)
        case _:
            raise ValueError("time is not divided into spans")
    return Period(start, end, grain)


def next_pay_day(calendar: Calendar, today: date) -> date | None:
    """Return the first pay day after ``today``; nothing when the user named none."""
    if calendar.pay_day is None:
        return None
    return period_of(Grain.PAY_CYCLE, today, calendar).end


def tiles(periods: Sequence[Period]) -> bool:
    """Tell whether each period begins exactly where the one before it ends."""
    return all(one.end == two.start for one, two in pairwise(periods))


_CANONICAL = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?(?:#([a-z_]{3,12}))?", re.A)
_REDUCED = re.compile(r"(\d{4})(?:-(\d\d))?", re.A)


def months_later(day: date, months: int) -> date:
    """Return the same day ``months`` later (or earlier), or that month's last day."""
    return _add_months(day, months, day.day)


def parse_canonical(text: str) -> Period:
    """Read what `Period.canonical` writes, or an ISO day, month or year; `PeriodUnreadable`."""
    try:
        return _parse(text.strip())
    except (ValueError, OverflowError):
        raise PeriodUnreadable(text=text[:60]) from None


def _parse(text: str) -> Period:
    if reduced := _REDUCED.fullmatch(text):
        year, month = int(reduced[1]), int(reduced[2] or 1)
        return period_of(Grain.MONTH if reduced[2] else Grain.YEAR, date(year, month, 1))
    found = _CANONICAL.fullmatch(text)
    if not found:
        raise ValueError("neither a period nor a date")
    first = date.fromisoformat(found[1])
    last = date.fromisoformat(found[2] or found[1])
    if last < first:
        raise ValueError("the last day comes before the first")
    grain = Grain(found[3]) if found[3] else Grain.SPAN if found[2] else Grain.DAY
    return Period(first, last + timedelta(days=1), grain)


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else zone_of(zone)


def _add_months(day: date, months: int, anchor: int) -> date:
    """Return day ``anchor`` of the month that is ``months`` later, or that month's last day."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(anchor, monthrange(year, month + 1)[1]))


def _month_around(day: date, first: int) -> tuple[date, date]:
    start = _add_months(day, 0, first)
    if start > day:
        return _add_months(day, -1, first), start
    return start, _add_months(day, 1, first)


def _months_from(day: date, length: int, first: int) -> tuple[date, date]:
    start = _add_months(day, -((day.month - first) % length), 1)
    return start, _add_months(start, length, 1)
