"""What a difference is made of: parts that add up to it exactly, the largest named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

NAMED = 3


@dataclass(frozen=True, slots=True)
class Amounts:
    """What one group came to: its name as it is shown, minor units and rows behind it."""

    label: str
    minor: int
    rows: int = 0
    entry_ids: tuple[int, ...] = ()


NOTHING = Amounts("", 0)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one group adds to a difference."""

    key: str
    now: Amounts
    then: Amounts

    @property
    def label(self) -> str:
        """The group's name."""
        return self.now.label or self.then.label

    @property
    def minor(self) -> int:
        """How much of the difference it is."""
        return self.now.minor - self.then.minor


@dataclass(frozen=True, slots=True)
class Explanation:
    """A difference: the parts named, and what all others come to together.

    ``named`` and ``rest`` always add up to ``difference``; nothing is left out or counted twice.
    """

    difference: int
    named: tuple[Contribution, ...]
    rest: int
    others: int


def contributions(
    now: Mapping[str, Amounts], then: Mapping[str, Amounts]
) -> tuple[Contribution, ...]:
    """Return what each group adds to the difference, largest first; unchanged ones are left out."""
    keys = now.keys() | then.keys()
    found = (Contribution(key, now.get(key, NOTHING), then.get(key, NOTHING)) for key in keys)
    changed = [one for one in found if one.minor]
    return tuple(sorted(changed, key=lambda one: (-abs(one.minor), one.label, one.key)))


def explain(parts: Sequence[Contribution], named: int = NAMED) -> Explanation:
    """Name the parts that pull the way the whole difference goes, largest first.

    When less than ``named`` pull that way, the largest of the others are named after them.
    """
    difference = sum(one.minor for one in parts)
    same_way = [one for one in parts if one.minor * (difference or 1) > 0]
    other_way = [one for one in parts if one not in same_way]
    chosen = tuple((same_way + other_way)[:named])
    rest = difference - sum(one.minor for one in chosen)
    return Explanation(difference, chosen, rest, len(parts) - len(chosen))


@dataclass(frozen=True, slots=True)
class VisitsAndPrice:
    """A difference at one merchant: what more (or fewer) visits make, and what their price makes.

    Both add up to the difference: the visits are counted at the old price, the price over the
    visits there were.
    """

    visits: int
    price: int
    more_visits: int


def visits_and_price(now: Amounts, then: Amounts) -> VisitsAndPrice | None:
    """Split a difference at one merchant; nothing without visits in both periods."""
    if now.rows <= 0 or then.rows <= 0:
        return None
    more = now.rows - then.rows
    visits = round(Fraction(then.minor * more, then.rows))
    return VisitsAndPrice(visits, now.minor - then.minor - visits, more)


def by_group(rows: Iterable[tuple[str, str, int, int]]) -> dict[str, Amounts]:
    """Add up rows of (key, label, minor units, entry id) by their key."""
    sums: dict[str, Amounts] = {}
    for key, label, minor, entry_id in rows:
        old = sums.get(key, Amounts(label, 0))
        sums[key] = Amounts(
            old.label or label, old.minor + minor, old.rows + 1, (*old.entry_ids, entry_id)
        )
    return sums
