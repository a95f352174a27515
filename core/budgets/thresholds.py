"""Which marks of a budget have just been reached: each is told once in a period."""

from __future__ import annotations

from collections.abc import Collection

from core.budgets.budget import Budget
from core.budgets.progress import reached
from core.money import Money

FULL = 100


def thresholds(budget: Budget) -> tuple[int, ...]:
    """Return the budget's marks in per cent of its limit, lowest first: its warning, and all."""
    return (budget.warn_percent, FULL)


def newly_crossed(
    budget: Budget, *, spent: Money, already: Collection[int], room: Money | None = None
) -> tuple[int, ...]:
    """Return the marks that are reached and not yet told in this period, lowest first.

    ``already`` are the marks told before in the same period. A mark below one of them counts
    as told: after "all is spent", a refund or a higher limit brings no late "80 %". ``room`` is
    the limit when nothing was carried.
    """
    room = room or budget.limit
    highest = max(already, default=0)
    return tuple(
        mark for mark in thresholds(budget) if mark > highest and reached(room, spent, mark)
    )
