"""What a plan could come to: many futures drawn from the months that were, by a seeded bootstrap.

A future is a chain of months drawn with replacement; each is a run of consecutive trading days, so
that what belongs together in time stays together. The draws depend on the seed alone: the same
question has the same answer, and putting in more never brings less. It is no forecast: it says
what would come if the days ahead were like those behind, good or bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from core.investments import optimal
from core.investments.history import History
from core.investments.quadratic import Array
from core.investments.saving_plan import SavingPlan, deflated, monthly_factor
from core.money import MAX_MINOR, Money

FUTURES = 2_000
_SEED = 20_261
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Band:
    """Of all futures one in ten is below ``low``, half below ``middle``, one in ten over ``high``.

    ``losing`` is the share of futures, in per cent, that end with less than was put in.
    """

    low: Money
    middle: Money
    high: Money
    losing: int


def mix_returns(history: History, values: Sequence[float]) -> Array:
    """Return the daily returns of a portfolio with these values, kept at these shares."""
    weights = np.array(values, dtype=np.float64)
    whole: Array = optimal.returns_of(history.closes) @ (weights / weights.sum())
    return whole


def band(plan: SavingPlan, returns: Array, per_year: float, *, seed: int = _SEED) -> Band:
    """Return what a plan comes to over futures made of ``returns``, of which a year has so many."""
    factors = _months(returns, per_year) * float(monthly_factor(Decimal(0), plan.cost))
    chance = np.random.default_rng(seed)
    drawn = factors[chance.integers(0, len(factors), size=(FUTURES, plan.months))]
    ends = np.full(FUTURES, float(plan.start.minor))
    for month in range(plan.months):
        ends = ends * drawn[:, month] + plan.monthly.minor
    losing = round(float(np.mean(ends < plan.paid_in.minor)) * 100)
    today = ends / float(deflated(plan))
    low, middle, high = (
        _money(float(one), plan.start.currency)
        for one in np.quantile(today, (_LOW, _MIDDLE, _HIGH))
    )
    return Band(low, middle, high, losing)


def _months(returns: Array, per_year: float) -> Array:
    """Return by what each run of a month's days multiplies, begun at every day, round the end."""
    days = max(1, round(per_year / _MONTHS_A_YEAR))
    rounds = np.concatenate([returns, returns[: days - 1]])
    runs = np.lib.stride_tricks.sliding_window_view(1.0 + rounds, days)
    factors: Array = np.prod(runs, axis=1)
    return factors


def _money(minor: float, currency: str) -> Money:
    return Money(min(round(minor), MAX_MINOR), currency)
