"""Finds entries of two sources that may be one payment: suggestions, never merges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# Two sources date the same payment at most so far apart.
WINDOW = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry of one account: when, and how much."""

    entry_id: int
    booked_date: date
    minor: int


def look_alikes(new: Iterable[Seen], old: Iterable[Seen]) -> tuple[tuple[int, int], ...]:
    """Return (new, old) pairs of the same amount within three days, nearest first.

    Each entry is in one pair at most: two coffees and one typed in are one possible double.
    """
    by_amount: dict[int, list[Seen]] = defaultdict(list)
    for one in old:
        by_amount[one.minor].append(one)
    found = sorted(
        (abs(one.booked_date - other.booked_date), one.entry_id, other.entry_id)
        for one in new
        for other in by_amount.get(one.minor, ())
        if abs(one.booked_date - other.booked_date) <= WINDOW
    )
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for _, entry_id, other_id in found:
        if entry_id not in taken and other_id not in taken:
            taken |= {entry_id, other_id}
            pairs.append((entry_id, other_id))
    return tuple(pairs)
