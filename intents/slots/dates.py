"""Expressions that name one day or a few days of one month."""

from __future__ import annotations

import re
from datetime import date, timedelta

from core.period import Grain, Period, months_later, period_of
from intents.grammar import Captures, Tag
from intents.slots.scene import (
    Builder,
    Direction,
    Scene,
    in_some_year,
    nearest,
    number,
    single_day,
    year_meant,
)
from intents.text import Token, TokenKind

_NUMERIC = re.compile(
    r"(?<![\w./+*-])(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})"
    r"|(?P<full>\d{1,2}([/.-])\d{1,2}\3(?:\d{4}|\d\d))"
    r"|(?P<short>\d{1,2}/\d{1,2})|(?P<month>\d{1,2}[/-]\d{4}|\d{4}[/-]\d{2}))(?![\w/%+*-]|\.\d)"
)
_CENTURY = 2000  # 2000 had a leap day
_MONTHS = 12
_DAYS = 31


def numeric_dates(text: str, tokens: tuple[Token, ...], *, day_first: bool) -> dict[int, Tag]:
    """Find dates and months in figures; return for each the token it begins at and its tag.

    The value of ``date`` is (year or 0, month, day), of ``month_of_year`` (year, month). What
    cannot be a date in the reader's order of day and month is tried in the other order: 11/18
    is a date everywhere. A day that its month does not have (31/02) is a date as well, one that
    nothing happens on.
    """
    starts = {token.start: place for place, token in enumerate(tokens)}
    ends = {token.end: place for place, token in enumerate(tokens)}
    tags: dict[int, Tag] = {}
    for found in _NUMERIC.finditer(text):
        first, last = starts.get(found.start()), ends.get(found.end())
        if first is None or last is None:
            continue
        if found["month"]:
            tags |= _month_of_year(found["month"], first, last)
        elif value := _year_month_day(found, day_first=day_first):
            tags[first] = Tag("date", value, last - first + 1)
    return tags


def _year_month_day(found: re.Match[str], *, day_first: bool) -> tuple[int, int, int] | None:
    parts = [int(part) for part in re.split(r"[/.-]", found[0])]
    if found["iso"]:
        return parts[0], parts[1], parts[2]
    year = parts[2] if len(parts) == 3 else 0
    year += _CENTURY if 0 < year < 100 else 0
    day, month = parts[:2] if day_first else parts[1::-1]
    orders = ((year, month, day), (year, day, month))
    return next(filter(exists, orders), None) or next(filter(_is_said, orders), None)


def _is_said(day: tuple[int, int, int]) -> bool:
    """Tell whether figures say a day, though its month has no such day."""
    return 1 <= day[1] <= _MONTHS and 1 <= day[2] <= _DAYS


def _month_of_year(figures: str, first: int, last: int) -> dict[int, Tag]:
    """Read 03/2025 and 2025-03, but not 2025-26, which is two years."""
    month, year = sorted(int(part) for part in re.split(r"[/-]", figures))
    is_one = exists((year, month, 1)) if 1 <= month <= 12 else False
    return {first: Tag("month_of_year", (year, month), last - first + 1)} if is_one else {}


def exists(day: tuple[int, int, int]) -> bool:
    """Tell whether there is such a year (0: some year), month and day."""
    year, month, number = day
    try:
        date(year or _CENTURY, month, number)
    except ValueError:
        return False
    return True


def plain_numbers(tokens: tuple[Token, ...], at: int, suffixes: frozenset[str]) -> list[Tag]:
    """Return what the whole number at token ``at`` may be: a count, a day, a year, an ordinal."""
    token = tokens[at]
    after = tokens[at + 1] if at + 1 < len(tokens) and tokens[at + 1].glued else None
    if token.text == "'" and after:
        return [Tag("year", _CENTURY + int(after.text), 2)] if _figures(after) == 2 else []
    if not 1 <= _figures(token) <= 4:
        return []
    value = int(token.text)
    if after and after.text in suffixes:
        names = ("ordinal", "figure_ordinal") if 1 <= value <= 31 else ()
        return [Tag(name, value, 2) for name in names]
    tags = [Tag("n", value)]
    is_share = at > 0 and tokens[at - 1].text == "/" and token.glued  # of 50/30/20
    if 1 <= value <= 31 and not is_share:
        tags.append(Tag("dom", value))
    if _figures(token) == 4:
        tags.append(Tag("year", value))
    if _figures(token) == 2:
        tags.append(Tag("yy", _CENTURY + value))
    return tags


def _figures(token: Token) -> int:
    whole = token.kind is TokenKind.NUMBER and token.text.isdigit()
    return len(token.text) if whole else 0


def near_day(captures: Captures, scene: Scene) -> Period:
    """Today, yesterday, tomorrow: so many days from today."""
    return single_day(scene.today + timedelta(days=number(captures, "near_day")))


def either_day(captures: Captures, scene: Scene) -> Period:
    """A day that the language names without saying before or after (Hindi: kal)."""
    sign = 1 if scene.direction is Direction.FUTURE else -1
    return single_day(scene.today + timedelta(days=sign * number(captures, "either_day")))


def day_in_month(captures: Captures, scene: Scene) -> Period | None:
    """A day and a month, with or without the year: 3 November, Nov 3rd 2025."""
    month, day = number(captures, "month"), _day_number(captures)
    year = year_meant(captures, scene)
    if year is not None:
        return single_day(date(year, month, day))
    return in_some_year(lambda year: single_day(date(year, month, day)), scene)


def date_in_figures(captures: Captures, scene: Scene) -> Period | None:
    """A date written in figures: 2026-11-03, 3/11/26, 3/11."""
    value = captures["date"]
    assert isinstance(value, tuple)
    year, month, day = value
    if year:
        return single_day(date(year, month, day))
    return in_some_year(lambda year: single_day(date(year, month, day)), scene)


def month_in_figures(captures: Captures, _scene: Scene) -> Period:
    """A month written in figures: 03/2025, 2025-03."""
    value = captures["month_of_year"]
    assert isinstance(value, tuple)
    year, month = value
    return period_of(Grain.MONTH, date(year, month, 1))


def feast(captures: Captures, scene: Scene) -> Period | None:
    """A day of the year with a name of its own: Christmas, last Halloween."""
    month, day = (int(part) for part in str(captures["feast"]).split("-"))
    year = year_meant(captures, scene)
    if year is not None:
        return single_day(date(year, month, day))
    step = number(captures, "step")
    if step:
        scene = scene.on(scene.today, Direction.PAST if step < 0 else Direction.FUTURE)
    return in_some_year(lambda year: single_day(date(year, month, day)), scene)


def day_of_some_month(captures: Captures, scene: Scene) -> Period | None:
    """A day without its month: the 3rd."""
    return nearest(_monthly(_day_number(captures), scene), scene)


def days_in_month(captures: Captures, scene: Scene) -> Period | None:
    """Some days of one month: 1-20 November, from the 3rd to the 10th of last month."""
    first, last = number(captures, "a"), number(captures, "b")
    if first > last:
        return None

    def make(year: int, month: int) -> Period:
        return Period(date(year, month, first), date(year, month, last) + timedelta(days=1))

    if "month" not in captures:
        step = number(captures, "month_step")
        there = months_later(scene.today.replace(day=1), step)
        return make(there.year, there.month)
    month, year = number(captures, "month"), year_meant(captures, scene)
    if year is not None:
        return make(year, month)
    return in_some_year(lambda year: make(year, month), scene)


def weekday(captures: Captures, scene: Scene) -> Period | None:
    """A day of the week: the last one before today, or the next one after it.

    "This Friday" lies in the running week, "next Friday" in the week after it, "last Friday"
    is the latest one gone by, "Friday last week" is counted from the start of the week.
    """
    day = number(captures, "weekday")
    ahead = (day - scene.today.weekday()) % 7 or 7
    behind = (scene.today.weekday() - day) % 7 or 7
    week = period_of(Grain.WEEK, scene.today, scene.calendar)
    into_week = timedelta(days=(day - week.start.weekday()) % 7)
    if "week_step" in captures:
        return single_day(week.shift(number(captures, "week_step")).start + into_week)
    step = number(captures, "step", -1 if scene.direction is Direction.PAST else 2)
    if step in (0, 1):
        return single_day(week.shift(step).start + into_week)
    return single_day(scene.today + timedelta(days=ahead if step == 2 else -behind))


def pay_day(captures: Captures, scene: Scene) -> Period | None:
    """The day the pay comes: the last one (today counts) or the next one (today does not)."""
    if scene.calendar.pay_day is None:
        return None
    cycle = period_of(Grain.PAY_CYCLE, scene.today, scene.calendar)
    step = number(captures, "step", 1 if scene.direction is Direction.FUTURE else -1)
    return single_day(cycle.end if step > 0 else cycle.start)


def _day_number(captures: Captures) -> int:
    return number(captures, "ordinal") or number(captures, "dom")


def _monthly(day: int, scene: Scene) -> list[Period]:
    first = scene.today.replace(day=1)
    found: list[Period] = []
    for step in range(-2, 3):
        month = months_later(first, step)
        if exists((month.year, month.month, day)):
            found.append(single_day(month.replace(day=day)))
    return found


def days_said(rule: str, captures: Captures, scene: Scene) -> tuple[tuple[int, int, int], ...]:
    """Return the days that a match of ``rule`` names by day and month, whether they exist or not.

    Each is (year or 0 where none was said, month, day); there is none in any other rule.
    """
    if rule == "date_in_figures":
        value = captures["date"]
        assert isinstance(value, tuple)
        return (value,)
    if rule not in ("day_in_month", "days_in_month") or "month" not in captures:
        return ()
    year, month = year_meant(captures, scene) or 0, number(captures, "month")
    if rule == "day_in_month":
        return ((year, month, _day_number(captures)),)
    return tuple((year, month, number(captures, name)) for name in ("a", "b"))


DAY_BUILDERS: dict[str, tuple[Builder, str]] = {
    "near_day": (near_day, ""),
    "either_day": (either_day, ""),
    "day_in_month": (day_in_month, "year"),
    "date_in_figures": (date_in_figures, "year"),
    "month_in_figures": (month_in_figures, ""),
    "feast": (feast, "year"),
    "day_of_some_month": (day_of_some_month, "month"),
    "days_in_month": (days_in_month, "year"),
    "weekday": (weekday, "week"),
    "pay_day": (pay_day, "pay"),
    "event": (pay_day, "pay"),
}
