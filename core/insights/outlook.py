"""The days ahead, one by one: what is expected on a date, and everyday spending as it was before.

Everyday spending is taken over in whole blocks of thirty days from the last half year, so that
its weeks and its ups and downs stay together. Every block is used, none by chance: the same
books always give the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from statistics import median

from core.errors import FinanceError
from core.insights.expected import Dated
from core.insights.movement import Movement

BLOCK = 30
HISTORY = 180
NEEDED_DAYS = 60
# Two charges in nine months tell nothing of a usual day.
NEEDED_ENTRIES = 8
# How far apart the blocks are that follow each other in one path.
_NEXT_BLOCK = 61


class TooLittleHistory(FinanceError):
    """There are not enough days of entries to look ahead from."""

    code = "insight.too_little_history"


class TooFewEntries(TooLittleHistory):
    """There are days enough, but hardly any entry in them to tell what is usual."""

    code = "insight.too_few_entries"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What may come of a balance: ``middle`` is the balance after each day, from tomorrow on.

    ``low`` is the lowest balance to be expected and ``low_on`` its day; ``raw_chance`` is the
    share of paths that fall below the line: too high to be shown before it is calibrated.
    ``cause`` is the largest expected payment before the low.
    """

    balance: int
    first: date
    middle: tuple[int, ...]
    low: int
    low_on: date
    raw_chance: float
    cause: Dated | None

    def on(self, day: date) -> int:
        """Return the balance to be expected at the end of ``day``."""
        step = (day - self.first).days
        return self.middle[step] if step >= 0 else self.balance


def everyday(
    movements: Iterable[Movement], explained: frozenset[int], *, today: date
) -> tuple[int, ...]:
    """Return what each of the last days came to without what is expected, oldest first.

    Raise `TooLittleHistory` when the books reach back less than `NEEDED_DAYS`, and `TooFewEntries`
    when these days hold fewer than `NEEDED_ENTRIES`.
    """
    rows = [one for one in movements if one.on < today]
    first = min((one.on for one in rows), default=today)
    days = min(HISTORY, (today - first).days)
    if days < NEEDED_DAYS:
        raise TooLittleHistory(days=days, needed=NEEDED_DAYS)
    start = today - timedelta(days=days)
    recent = [one for one in rows if one.on >= start]
    if len(recent) < NEEDED_ENTRIES:
        raise TooFewEntries(entries=len(recent), needed=NEEDED_ENTRIES)
    sums = [0] * days
    for one in recent:
        if one.entry_id not in explained:
            sums[(one.on - start).days] += one.minor
    return tuple(sums)


def look_ahead(
    balance: int,
    rest: Sequence[int],
    dated: Iterable[Dated],
    *,
    today: date,
    days: int,
    line: int = 0,
) -> Outlook:
    """Return the days after ``today``: ``rest`` are the everyday sums of the past, oldest first."""
    first = today + timedelta(days=1)
    times = [one for one in dated if 0 <= (one.on - today).days <= days]
    planned = [0] * days
    for one in times:
        planned[max(0, (one.on - first).days)] += one.minor
    paths = [_path(balance, rest, planned, start) for start in range(_starts(rest))]
    lows = [min(path) for path in paths]
    middle = tuple(round(median(path[day] for path in paths)) for day in range(days))
    low = round(median(lows))
    low_on = first + timedelta(days=min(range(days), key=lambda day: middle[day]))
    return Outlook(
        balance=balance,
        first=first,
        middle=middle,
        low=low,
        low_on=low_on,
        raw_chance=sum(one < line for one in lows) / len(lows),
        cause=min(
            (one for one in times if one.on <= low_on and one.minor < 0),
            key=lambda one: one.minor,
            default=None,
        ),
    )


def _starts(rest: Sequence[int]) -> int:
    return len(rest) - BLOCK + 1


def _path(balance: int, rest: Sequence[int], planned: Sequence[int], start: int) -> list[int]:
    """Return one possible course: the everyday days from ``start`` on, block by block."""
    starts = _starts(rest)
    moved = []
    for day, expected in enumerate(planned):
        block, inside = divmod(day, BLOCK)
        moved.append(expected + rest[(start + block * _NEXT_BLOCK) % starts + inside])
    return [balance + sum_ for sum_ in accumulate(moved)]
