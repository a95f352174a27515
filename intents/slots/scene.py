"""When and for whom a sentence about time is read, and the words of it that stand for days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from core.period import EARLIEST, LATEST, Calendar, Grain, Period
from intents.grammar import Captures


class Direction(StrEnum):
    """Where an incomplete date lies: questions look back, bills and plans look ahead."""

    PAST = "past"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a builder needs beside the words: the day, the calendar, what was spoken of.

    ``exact`` asks for single days: "two weeks ago" is then a day and not a week.
    """

    today: date
    calendar: Calendar
    direction: Direction = Direction.PAST
    focus: Period | None = None
    exact: bool = False

    def on(self, today: date, direction: Direction) -> Scene:
        """Return the same scene seen from another day."""
        return replace(self, today=today, direction=direction)


Builder = Callable[[Captures, Scene], Period | None]

# A date without a year may be a leap day: nine years hold one even around 2100.
_YEARS_AROUND = 9


@dataclass(frozen=True, slots=True)
class Atom:
    """One expression of time, not yet placed: what it means depends on the day it is read from.

    ``cycle`` says how it comes round again when it was left open (``year``: "march"; ``week``:
    "monday"), and is empty when it can only mean one thing.
    """

    build: Builder
    captures: Captures
    cycle: str = ""

    def at(self, scene: Scene) -> Period | None:
        """Return the period meant in ``scene``, nothing when there is no such day."""
        try:
            period = self.build(self.captures, scene)
        except (ValueError, OverflowError):
            return None  # 31 February, or ten thousand years ago
        return period if period and EARLIEST <= period.start <= period.end <= LATEST else None


def number(captures: Captures, name: str, default: int = 0) -> int:
    """Return a captured number, or ``default`` when the pattern had none."""
    value = captures.get(name, default)
    return value if isinstance(value, int) else default


def single_day(day: date) -> Period:
    """Return the period that is just ``day``."""
    return Period(day, day + timedelta(days=1), Grain.DAY)


def nearest(candidates: Iterable[Period], scene: Scene) -> Period | None:
    """Return the latest one begun when looking back, the first one not over when looking ahead."""
    if scene.direction is Direction.PAST:
        begun = [period for period in candidates if period.start <= scene.today]
        return max(begun, key=lambda period: period.start, default=None)
    ahead = [period for period in candidates if period.end > scene.today]
    return min(ahead, key=lambda period: period.start, default=None)


def in_some_year(make: Callable[[int], Period], scene: Scene) -> Period | None:
    """Place something that comes round every year: the latest begun, or the first not over."""
    step = -1 if scene.direction is Direction.PAST else 1
    first = scene.today.year - max(step, 0)  # what began last year may not be over
    for year in range(first, first + step * _YEARS_AROUND, step):
        try:
            found = nearest((make(year),), scene)
        except ValueError:
            continue  # 29 February
        if found:
            return found
    return None


def year_meant(captures: Captures, scene: Scene) -> int | None:
    """Return the year that was said ("2025", "'25", "last year"), nothing when none was."""
    if "year" in captures:
        return number(captures, "year")
    if "year_step" in captures:
        return scene.today.year + number(captures, "year_step")
    return None
