"""Reads the dates banks print, and settles from all rows whether the day or the month is first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from core.errors import FinanceError
from core.statements.headers import fold, months

# Banks announce payments some weeks ahead; a row further on was read in the wrong order.
FUTURE_DAYS = 62
FIRST_YEAR = 1950

_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_NUMERIC = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([^\W\d_]{3,})[-/., ']*(\d{4}|\d{2})(?!\d)")
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})(?!\d)")
_WEEKDAY = re.compile(r"^[^\W\d_]+,?\s+(?=\d)")


class DateOrder(StrEnum):
    """Which part comes first in an all-number date that does not begin with the year."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class DateNotUnderstood(FinanceError):
    """The cell holds something, and it is not a day of the calendar."""

    code = "statement.date_bad"


class DateUnlikely(FinanceError):
    """The date is before any bank's records or far in the future."""

    code = "statement.date_unlikely"


def read_date(text: str, *, order: DateOrder, today: date) -> date:
    """Return the day that ``text`` begins with; a time behind it is dropped, never shifted."""
    year, month, day = _parts(text.strip(), order)
    if year < 100:
        year += 2000 if year + 2000 <= today.year + 1 else 1900
    try:
        found = date(year, month, day)
    except ValueError:
        raise DateNotUnderstood from None
    if not FIRST_YEAR <= found.year <= today.year + 1:
        raise DateUnlikely
    return found


def _parts(text: str, order: DateOrder) -> tuple[int, int, int]:
    if match := _ISO.match(text):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _COMPACT.match(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _NUMERIC.match(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if order is DateOrder.DAY_FIRST:
            return year, second, first
        return year, first, second
    return _named_parts(text)


def _named_parts(text: str) -> tuple[int, int, int]:
    if match := _NAMED_FIRST.match(text):
        return int(match[3]), _month(match[1]), int(match[2])
    if match := _NAMED.match(_WEEKDAY.sub("", text, count=1)):
        return int(match[3]), _month(match[2]), int(match[1])
    raise DateNotUnderstood


def _month(name: str) -> int:
    number = months().get(fold(name))
    if number is None:
        raise DateNotUnderstood
    return number


def possible_orders(texts: Iterable[str], *, today: date) -> tuple[DateOrder, ...]:
    """Return the orders in which all ``texts`` can be dates: both, one, or none.

    A number over 12 is a day, a point between is the continental order, and a statement does
    not reach months into the future.
    """
    numeric = {match[0] for match in map(_NUMERIC.match, texts) if match}
    if not numeric:
        return tuple(DateOrder)
    if any("." in text for text in numeric):
        return (DateOrder.DAY_FIRST,)
    fits = {order: days for order in DateOrder if (days := _read_all(numeric, order, today))}
    horizon = today + timedelta(days=FUTURE_DAYS)
    near = tuple(order for order, days in fits.items() if max(days) <= horizon)
    return near or tuple(fits)


def _read_all(texts: Iterable[str], order: DateOrder, today: date) -> list[date] | None:
    """Return the days, or None when one of them is no day in this order."""
    try:
        return [read_date(text, order=order, today=today) for text in texts]
    except FinanceError:
        return None


def commoner_order(texts: Iterable[str], today: date) -> DateOrder:
    """Return the order that reads more rows; the reading refuses the others line by line."""
    read = dict.fromkeys(DateOrder, 0)
    for text in texts:
        for order in DateOrder:
            try:
                read_date(text, order=order, today=today)
            except FinanceError:
                continue
            read[order] += 1
    return max(read, key=lambda order: read[order])


def is_all_numbers(text: str) -> bool:
    """Tell whether the order matters to ``text``: day, month and year are all numbers."""
    text = text.strip()
    return not _ISO.match(text) and _NUMERIC.match(text) is not None
