"""Mixes of what is held, beside each other: as it is, all equal, least swing, best return for it.

Nothing here says what to do. Past returns are mostly noise, past swings less so: that is why the
mix of least swing comes first, and why all are also tried on days they were not made from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np

from core.errors import FinanceError
from core.investments import optimal
from core.investments.history import NEEDED_RETURNS, History
from core.investments.quadratic import Array

# No more than this in one security, unless so few are held that nothing would be left to choose.
USUAL_CAP = Decimal("0.3")
# How long a mix is kept when it is tried forward: about a quarter.
HELD_RETURNS = 63
_TENTH_OF_PERCENT = 1_000


class CapTooLow(FinanceError):
    """So little in each of so few securities does not make a whole (``least`` per cent does)."""

    code = "mix.cap_too_low"


class MixKind(StrEnum):
    """Which mix; the value is the key of its word."""

    CURRENT = "current"
    EQUAL = "equal"
    MIN_VARIANCE = "min_variance"
    MAX_SHARPE = "max_sharpe"


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of one mix in per cent, which add up to 100, with its past figures for a year.

    ``mean`` is what it returned on average and ``swing`` the standard deviation, in per cent.
    """

    percents: tuple[Decimal, ...]
    mean: Decimal
    swing: Decimal


@dataclass(frozen=True, slots=True)
class Forward:
    """What a mix did in the quarters after the years it was made from, in per cent a year."""

    mean: Decimal
    swing: Decimal


@dataclass(frozen=True, slots=True)
class Mixes:
    """All mixes over one history; ``cap`` is the most in one security, in per cent.

    There is no mix of the best return for its swing when none had more than cash at nothing.
    """

    history: History
    cap: Decimal
    shrunk: Decimal
    mixes: Mapping[MixKind, Mix]
    frontier: tuple[Mix, ...]
    forward: Mapping[MixKind, Forward]


def usual_cap(assets: int) -> Decimal:
    """Return the usual cap for so many securities: twice an equal share where 30 % is too tight."""
    return max(USUAL_CAP, min(Decimal(1), Decimal(2) / Decimal(assets)))


def mixes(history: History, current: Sequence[float], cap: Decimal | None = None) -> Mixes:
    """Return the mixes of the securities of a history.

    ``current`` are their values now, in its order; ``cap`` is the most in one, between 0 and 1.
    Raise `CapTooLow` when that leaves something over.
    """
    assets = len(history.securities)
    most = usual_cap(assets) if cap is None else cap
    if most * assets < 1:
        raise CapTooLow(least=-(-100 // assets))
    returns = optimal.returns_of(history.closes)
    mean, (covariance, shrunk) = returns.mean(axis=0), optimal.shrunk_covariance(returns)
    told = _Told(mean, covariance, history.per_year)
    now = np.array(current, dtype=np.float64)
    found: dict[MixKind, Array] = {MixKind.CURRENT: now / now.sum()}
    for kind, made in _makers(float(most)).items():
        weights = made(mean, covariance)
        if weights is not None:
            found[kind] = weights
    steps = optimal.frontier(mean, covariance, float(most), optimal.FRONTIER_POINTS)
    return Mixes(
        history=history,
        cap=most * 100,
        shrunk=_percent(shrunk),
        mixes={kind: told.mix(weights) for kind, weights in found.items()},
        frontier=tuple(told.mix(weights) for weights in steps),
        forward=_forward(returns, float(most), history.per_year),
    )


_Maker = Callable[[Array, Array], Array | None]


def _makers(cap: float) -> Mapping[MixKind, _Maker]:
    """Return how each mix is made from the mean and the covariance of past returns."""
    return {
        MixKind.EQUAL: lambda mean, _: np.full(len(mean), 1.0 / len(mean)),
        MixKind.MIN_VARIANCE: lambda _, covariance: optimal.min_variance(covariance, cap),
        MixKind.MAX_SHARPE: lambda mean, covariance: optimal.max_sharpe(mean, covariance, cap),
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """Turns weights into figures for a year."""

    mean: Array
    covariance: Array
    per_year: float

    def mix(self, weights: Array) -> Mix:
        """Return a mix with its past mean and swing."""
        swing = float(np.sqrt(weights @ self.covariance @ weights * self.per_year))
        return Mix(
            shares(weights), _percent(float(weights @ self.mean) * self.per_year), _percent(swing)
        )


def _forward(returns: Array, cap: float, per_year: float) -> Mapping[MixKind, Forward]:
    """Make each mix from a year, keep it for the quarter after, go on; nothing when too short."""
    starts = range(NEEDED_RETURNS, len(returns) - HELD_RETURNS + 1, HELD_RETURNS)
    found: dict[MixKind, Forward] = {}
    for kind, made in _makers(cap).items():
        kept: list[Array] = []
        for start in starts:
            before = returns[start - NEEDED_RETURNS : start]
            weights = made(before.mean(axis=0), optimal.shrunk_covariance(before)[0])
            if weights is None:
                break
            kept.append(returns[start : start + HELD_RETURNS] @ weights)
        if kept and len(kept) == len(starts):
            after = np.concatenate(kept)
            swing = float(after.std(ddof=1) * np.sqrt(per_year))
            found[kind] = Forward(_percent(after.mean() * per_year), _percent(swing))
    return found


def shares(weights: Sequence[float] | Array) -> tuple[Decimal, ...]:
    """Return weights that add up to one as per cent of one place that add up to 100."""
    exact = [float(weight) * _TENTH_OF_PERCENT for weight in weights]
    whole = [int(one) for one in exact]
    short = _TENTH_OF_PERCENT - sum(whole)
    order = sorted(range(len(exact)), key=lambda at: (whole[at] - exact[at], at))
    for at in order[:short]:
        whole[at] += 1
    return tuple(Decimal(one) / 10 for one in whole)


def _percent(share: float) -> Decimal:
    return Decimal(repr(round(float(share) * 100.0, 6)))
