"""Reads the days, months and weekdays that a model typed itself, in English and Spanish."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from bot.llm.grounds import levelled
from core.period import Period

_PLACE = Path(__file__).with_name("typed_dates.toml")
# Months inside a period of at most a quarter follow from it; of a longer one its ends only.
_SHORT = 92
# A weekday alone tells an end of a week, not of a month.
_WEEK = 7
_SUFFIX = r"(?:st|nd|rd|th|\u00ba)"
_DAY = rf"(?<![\w.,$\u20ac\u00a3\u20b9/])(?P<day>\d{{1,2}}){_SUFFIX}?(?![\w%]|[.,/:]\d)"
_YEAR = r"(?:,?\s+(?:de[l]?\s+|of\s+)?(?P<year>(?:19|20)\d\d)(?![\w%]|[.,]\d))?"
_TO = r"\s*(?:-|\u2013|to|till|until|and|through|al?|y|hasta)\s*(?:the\s+|el\s+)?"
# "May I", at the beginning, names no month.
_BEGINS = re.compile(r"(?:^|[.!?\n])\s*$")
_ASKS = re.compile(r"\s+(?:I|we|you|it|they)\b")


@dataclass(frozen=True, slots=True)
class Dated:
    """A day, month or weekday as typed, with what of it was written.

    ``is_loose`` marks a number that is a day or a count, as the facts have it: "May 3".
    """

    text: str
    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    is_loose: bool = False

    def follows_from(self, value: date | Period) -> bool:
        """Tell whether all that is written here is so in a day, or in an end of a period."""
        if isinstance(value, date):
            return self._fits(value)
        if self.weekday is not None and self.day is None and value.days > _WEEK:
            return False
        ends = (value.start, value.last_day, value.end)
        if any(self._fits(day) for day in ends[:2]):
            return True
        if self.day is not None:
            # "until 1 June" is how a period that ends with May may be told.
            return self.weekday is None and self._fits(ends[2])
        return self.weekday is None and value.days <= _SHORT and any(map(self._fits, _days(value)))

    def _fits(self, value: date) -> bool:
        written = (self.day, self.month, self.year, self.weekday)
        meant = (value.day, value.month, value.year, value.weekday())
        return all(one is None or one == other for one, other in zip(written, meant, strict=True))

    def said_in(self, others: list[Dated]) -> bool:
        """Tell whether every part of this was written in ``others`` too."""
        parts = ("day", "month", "year", "weekday")
        return all(
            getattr(self, part) in {None, *(getattr(one, part) for one in others)} for part in parts
        )


def typed_dates(text: str) -> list[Dated]:
    """Return what ``text`` says of days, in order; what is read once is not read again."""
    level = levelled(text)
    found: list[Dated] = []
    for pattern in _patterns():
        for match in pattern.finditer(level):
            if _is_word(match, text):
                found += _read(match, text)
                level = level[: match.start()] + "\0" * len(match[0]) + level[match.end() :]
    return sorted(found, key=lambda one: one.start)


def _read(match: re.Match[str], text: str) -> Iterator[Dated]:
    parts = match.groupdict()
    month = _number(parts, "month_number") or _names().months.get(parts.get("month") or "")
    weekday = _names().weekdays.get(parts.get("weekday") or "")
    day, year = _number(parts, "day"), _number(parts, "year")
    loose = parts.get("loose") is not None
    for other in ("from", "to"):
        if parts.get(other):
            start, end = match.span(other)
            yield Dated(text[start:end], start, end, _number(parts, other), month, year)
    start, end = match.span()
    yield Dated(text[start:end].strip(" ."), start, end, day, month, year, weekday, loose)


def _number(parts: Mapping[str, str | None], name: str) -> int | None:
    found = parts.get(name)
    return int(found) if found else None


def _days(period: Period) -> Iterator[date]:
    return (period.start + timedelta(days=n) for n in range(period.days))


def _is_word(match: re.Match[str], text: str) -> bool:
    """Tell whether the words found are meant as such: "may" is a verb, "Sun" a day."""
    names = _names()
    parts = match.groupdict()
    for part in ("month", "weekday"):
        if parts.get(part):
            written = text[match.start(part) : match.end(part)]
            if written[0].islower() and (
                written in names.verbs or (written in names.short and not parts.get("day"))
            ):
                return False
    asks = _BEGINS.search(text[: match.start()]) and _ASKS.match(text, match.end())
    return parts.get("month") not in names.verbs or not asks


@dataclass(frozen=True, slots=True)
class _Names:
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    short: frozenset[str]
    verbs: frozenset[str]


@lru_cache(maxsize=1)
def _names() -> _Names:
    table = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    read: dict[str, dict[str, int]] = {}
    for kind, first in (("months", 1), ("weekdays", 0)):
        rows = [*enumerate(table[kind]["whole"], first), *enumerate(table[kind]["short"], first)]
        read[kind] = {word: number for number, words in rows for word in words}
    short = {
        word for kind in ("months", "weekdays") for words in table[kind]["short"] for word in words
    }
    verbs = frozenset(table["months"]["verbs"])
    return _Names(read["months"], read["weekdays"], frozenset(short), verbs)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return how days are written, the longest first."""
    month = rf"(?P<month>\b(?:{_any(_names().months)})\b)\.?"
    weekday = rf"(?P<weekday>\b(?:{_any(_names().weekdays)})\b)"
    on = rf"(?:{weekday}\.?,?\s+(?:the\s+|el\s+)?)?"
    since = rf"(?:(?<![\w.,$\u20ac\u00a3\u20b9])(?P<from>\d{{1,2}}){_SUFFIX}?{_TO})?"
    to = rf"(?:{_TO}(?P<to>\d{{1,2}}){_SUFFIX}?(?![\w%]|[.,/:]\d))?"
    ordinal = rf"\d{{1,2}}{_SUFFIX}|\d{{1,2}},"
    written = (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month_number>\d\d)(?:-(?P<day>\d\d))?(?!\d)",
        rf"{on}{since}{_DAY}\s+(?:of\s+|de\s+)?{month}{_YEAR}",
        rf"{on}{month}\s+(?:the\s+)?(?P<loose>(?!{ordinal}))?{_DAY}{to}{_YEAR}",
        rf"{month}{_YEAR}",
        rf"{weekday}\.?,?\s+(?:the\s+|el\s+)?{_DAY}(?=\W|$)",
        rf"{weekday}",
        rf"(?<![\w.,])(?P<day>\d{{1,2}}){_SUFFIX}(?!\w)",
    )
    return tuple(re.compile(pattern) for pattern in written)


def _any(words: Mapping[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))
