"""Returns: money-weighted (XIRR) and time-weighted, each under its own name.

The money-weighted return is the yearly rate at which all that was paid in, paid out and is left
adds up to nothing; it depends on when money came. The time-weighted return chains the days and
does not. What makes a sum of powers nothing has no exact decimal: a rate is a float, money never.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.money import Money

_YEAR = 365.0
# Below this a yearly rate says nothing: it would be a few days stretched to a year.
SHORTEST_DAYS = 30
_LOWEST, _HIGHEST = -0.999999, 1e9
_MOST_STEPS = 200
_NEAR = 1e-12


class Silence(StrEnum):
    """Why there is no answer."""

    NO_FLOWS = "no_flows"  # nothing was paid in, or nothing came back and nothing is left
    TOO_SHORT = "too_short"
    NO_ROOT = "no_root"  # no rate makes it add up
    SEVERAL = "several"  # more than one rate does, so none is the answer
    NO_PRICE = "no_price"  # a day's value is not known
    NO_RATE = "no_rate"


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Money on a day, from the owner's side: paid in is negative, got back positive."""

    on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Return:
    """A return in per cent, or why there is none; ``yearly`` tells which kind of figure it is."""

    percent: Decimal | None
    yearly: bool
    silence: Silence | None = None


def xirr(flows: Sequence[CashFlow]) -> Return:
    """Return the yearly money-weighted rate of dated flows, or why there is none."""
    silent = _silence(flows)
    if silent is not None:
        return Return(None, yearly=True, silence=silent)
    first = min(flow.on for flow in flows)
    points = [((flow.on - first).days / _YEAR, float(flow.amount.minor)) for flow in flows]
    found = _roots(points)
    if len(found) != 1:
        silent = Silence.NO_ROOT if not found else Silence.SEVERAL
        return Return(None, yearly=True, silence=silent)
    return Return(_percent(found[0]), yearly=True)


def present_value(flows: Sequence[CashFlow], rate: float) -> float:
    """Return what the flows are together on the first day at a yearly rate, in minor units."""
    first = min(flow.on for flow in flows)
    return _value([((f.on - first).days / _YEAR, float(f.amount.minor)) for f in flows], rate)


def _silence(flows: Sequence[CashFlow]) -> Silence | None:
    signs = {flow.amount.minor > 0 for flow in flows if flow.amount}
    if len(signs) < 2:
        return Silence.NO_FLOWS
    days = [flow.on for flow in flows if flow.amount]
    return Silence.TOO_SHORT if (max(days) - min(days)).days < SHORTEST_DAYS else None


def _value(points: Sequence[tuple[float, float]], rate: float) -> float:
    return math.fsum(amount * (1.0 + rate) ** -years for years, amount in points)


def _slope(points: Sequence[tuple[float, float]], rate: float) -> float:
    return math.fsum(-years * amount * (1.0 + rate) ** (-years - 1.0) for years, amount in points)


def _roots(points: Sequence[tuple[float, float]]) -> list[float]:
    """Return every rate on the grid's brackets at which the value is nothing."""
    grid = _grid()
    values = [_value(points, rate) for rate in grid]
    found = []
    for (low, below), (high, above) in zip(
        zip(grid, values, strict=True), zip(grid[1:], values[1:], strict=True), strict=False
    ):
        if below == 0.0:
            found.append(low)
        elif below * above < 0.0:
            found.append(_root(points, low, high))
    return found


def _grid() -> list[float]:
    """Return rates from nearly all lost to a milliardfold, closer together where most lie."""
    logs = [-13.8 + step * 0.1 for step in range(139)] + [0.1 * step for step in range(1, 209)]
    return [max(_LOWEST, min(_HIGHEST, math.expm1(power))) for power in logs]


def _root(points: Sequence[tuple[float, float]], low: float, high: float) -> float:
    """Narrow a bracket down: Newton's step where it stays inside, half of it where not."""
    below = _value(points, low)
    rate = (low + high) / 2.0
    for _ in range(_MOST_STEPS):
        here = _value(points, rate)
        if here == 0.0 or high - low < _NEAR:
            break
        low, high = (rate, high) if here * below > 0.0 else (low, rate)
        slope = _slope(points, rate)
        step = rate - here / slope if slope else low
        middle = (low + high) / 2.0
        following = step if low < step < high else middle
        if abs(following - rate) < _NEAR:
            return following
        rate = following
    return rate


def _percent(rate: float) -> Decimal:
    return Decimal(repr(round(rate * 100.0, 10)))


@dataclass(frozen=True, slots=True)
class Step:
    """A day on which money went in or came out, or the last day looked at.

    ``before`` is what was there just before, at the prices of the moment, ``after`` just after.
    """

    on: date
    before: Money
    after: Money
    paid_in: Money
    paid_out: Money


def time_weighted(steps: Sequence[Step]) -> Return:
    """Return the chained return over steps in their order; nothing is stretched to a year.

    Each stretch between two steps counts by itself, so how much was paid in when changes
    nothing; what a broker takes counts on its day.
    """
    factor, there, began = Decimal(1), Decimal(0), False
    for step in steps:
        before = Decimal(step.before.minor)
        if there > 0:
            factor *= before / there
        start = before + step.paid_in.minor
        there = Decimal(step.after.minor)
        if start > 0:
            began = True
            factor *= (there + step.paid_out.minor) / start
    if not began:
        return Return(None, yearly=False, silence=Silence.NO_FLOWS)
    percent = ((factor - 1) * 100).quantize(Decimal("0.000001"))
    return Return(percent, yearly=False)
