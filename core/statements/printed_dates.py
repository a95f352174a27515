"""Reads the days that printed rows begin with; the year may stand elsewhere on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.errors import FinanceError
from core.statements.csv_style import Expectations
from core.statements.dates import (
    DateNotUnderstood,
    DateOrder,
    DateUnlikely,
    is_all_numbers,
    possible_orders,
    read_date,
)
from core.statements.headers import fold, months
from core.statements.page_text import PrintedLine
from core.statements.refusals import DateAmbiguous

_FULL = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}(?:st|nd|rd|th)?[-/. ]?[A-Za-zéûä]{3,9}\.?,?[-/. ]?(?:\d{4}|['’]?\d{2})"
    r"|[A-Za-zéûä]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
_SHORT = (
    r"\d{1,2}/\d{1,2}|\d{1,2}\.\d{1,2}\.|\d{1,2}(?:st|nd|rd|th)?[-/. ]?[A-Za-zéûä]{3,9}\.?"
    r"|[A-Za-zéûä]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?"
)
_END = r"(?=$|[\s|,;:)])"
_FULL_DATE = re.compile(rf"(?:{_FULL}){_END}")
_SHORT_DATE = re.compile(rf"(?:{_SHORT}){_END}")
_ANY_FULL = re.compile(rf"(?<![\w/.-])(?:{_FULL})(?![\w/])")
_TIME = re.compile(r"\s*\|?\s*\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?")
_YEARS = re.compile(r"\s*((?:19|20)\d{2})(?:\s+(?:19|20)\d{2})?(?=\s|$)")
_PERIOD = re.compile(r"\s*(?:[-–]|to|bis|al|au|through|until)\s+")
_NUMBERS = re.compile(r"(\d{1,2})[/.](\d{1,2})\.?")
_LETTERS = re.compile(r"[A-Za-zéûä]{3,}")
# A bank may book the first rows a few days before the period and the last ones after.
_SLACK = timedelta(days=10)
_LONGEST = timedelta(days=1200)


@dataclass(slots=True)
class PrintedDay:
    """The day at the start of a row as printed; ``rest`` is what stands behind it."""

    text: str
    has_year: bool
    rest: str


def starting_day(text: str) -> PrintedDay | None:
    """Return the day a line begins with, a second one and a time behind it taken off."""
    found = _day_at(text)
    if found is None:
        return None
    rest = _TIME.sub("", found.rest, count=1) if _TIME.match(found.rest) else found.rest
    if _PERIOD.match(rest) and _day_at(_PERIOD.sub("", rest, count=1)):
        return None  # "1 Apr 2026 to 30 Apr 2026" is a period and no row
    second = _day_at(rest.lstrip(" |"))
    if second is not None:
        rest = second.rest
    return PrintedDay(found.text, found.has_year, rest.strip(" |"))


def _day_at(text: str) -> PrintedDay | None:
    for pattern, has_year in ((_FULL_DATE, True), (_SHORT_DATE, False)):
        match = pattern.match(text)
        if match and _is_day(match[0]) and not (has_year and _is_pair(text, match)):
            return PrintedDay(match[0], has_year, text[match.end() :])
    return None


def _is_pair(text: str, match: re.Match[str]) -> bool:
    """Tell whether "13 Oct 13" is the day and half of the second one in "13 Oct 13 Oct"."""
    behind = _LETTERS.match(text[match.end() :].lstrip())
    named = _LETTERS.search(match[0])
    return bool(behind and named and behind[0] == named[0])


def _is_day(text: str) -> bool:
    """Tell whether letters in it, if any, are a month."""
    letters = _LETTERS.search(text)
    return letters is None or fold(letters[0]) in months()


def years_at(text: str) -> tuple[str, str]:
    """Return the year a second printed line begins with, and the rest; the year may be empty."""
    match = _YEARS.match(text)
    return (match[1], text[match.end() :].strip()) if match else ("", text)


def without_days(text: str) -> str:
    """Return a line without the full dates in it."""
    return _ANY_FULL.sub(" ", text)


def full_days(text: str) -> Iterator[str]:
    """Yield every full date inside a line."""
    return (match[0] for match in _ANY_FULL.finditer(text) if _is_day(match[0]))


class DayReader:
    """Reads the days of all rows in the one order and the years that fit them all."""

    def __init__(
        self, printed: Sequence[PrintedDay], lines: Iterable[PrintedLine], expected: Expectations
    ) -> None:
        """Settle the order and the last day of the statement; `DateAmbiguous` if nothing does."""
        self._today = expected.today
        about = [day for line in lines for day in full_days(line.text)]
        self._order = self._settled([day.text for day in printed], about, expected)
        known = list(filter(None, (self._try(text, self._order) for text in about)))
        self._last = max((day for day in known if day <= expected.today), default=None)

    def read(self, printed: PrintedDay) -> date:
        """Return the day of a row; raise `DateNotUnderstood` when no year can be known."""
        if printed.has_year:
            text = printed.text.replace("'", " ").replace("’", " ")
            day = read_date(text, order=self._order, today=self._today)
            if self._last is not None and self._last - day > _LONGEST:
                raise DateUnlikely  # "3 Nov 12 eggs": the figure was no year
            return day
        if self._last is None:
            raise DateNotUnderstood
        limit = self._last + _SLACK
        for year in (limit.year, limit.year - 1):
            found = self._with_year(printed.text, year, self._order)
            if found is not None and found <= limit:
                return found
        raise DateNotUnderstood

    def _with_year(self, text: str, year: int, order: DateOrder) -> date | None:
        numbers = _NUMBERS.fullmatch(text)
        full = f"{numbers[1]}/{numbers[2]}/{year}" if numbers else f"{text.rstrip('.')} {year}"
        return self._try(full, order)

    def _try(self, text: str, order: DateOrder) -> date | None:
        try:
            return read_date(text, order=order, today=self._today)
        except FinanceError:
            return None

    def _settled(
        self, texts: Sequence[str], about: Sequence[str], expected: Expectations
    ) -> DateOrder:
        """Return the order that all days allow, those of the period included; else the user's."""
        orders = tuple(
            order
            for order in possible_orders({*texts, *about}, today=expected.today)
            if _fits(texts, order)
        )
        if len(orders) == 1:
            return orders[0]
        doubtful = [one for one in texts if is_all_numbers(one) or _NUMBERS.fullmatch(one)]
        if not doubtful:
            return DateOrder.DAY_FIRST
        if expected.date_order is None:
            raise DateAmbiguous(example=doubtful[0][:20])
        return expected.date_order


def _fits(texts: Iterable[str], order: DateOrder) -> bool:
    """Tell whether days without a year can be read in this order."""
    for text in texts:
        match = _NUMBERS.fullmatch(text)
        if match is None:
            continue
        if text.endswith(".") and order is DateOrder.MONTH_FIRST:
            return False
        month = int(match[2] if order is DateOrder.DAY_FIRST else match[1])
        if month > 12:
            return False
    return True
