"""A snapshot: what a portfolio came to at the end of a day, kept as it was then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.investments.portfolio import Portfolio
from core.money import Money


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Value and cost of what was covered on a day; ``left_out`` holdings were not."""

    on: date
    value: Money
    cost: Money
    left_out: int


def snapshot(found: Portfolio) -> Snapshot:
    """Return what is kept of a portfolio for its day."""
    left_out = len(found.held) - len(found.covered)
    return Snapshot(found.on, found.value, found.cost, left_out)
