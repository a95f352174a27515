"""Weights of least swing and of the best return for it: modern portfolio theory over arrays.

The covariance is shrunk towards equal, unrelated assets by the amount that Ledoit and Wolf ("A
well-conditioned estimator for large-dimensional covariance matrices", 2004) derive, since a plain
one of a few hundred days is mostly noise at its edges. Weights are from nothing to a cap and add
up to one: nothing is borrowed or sold short. All figures are for one step of the returns given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.investments.quadratic import Array, Infeasible, least

# Points of a frontier that are told.
FRONTIER_POINTS = 7
_NOTHING = 1e-9


def returns_of(closes: Sequence[Sequence[float]]) -> Array:
    """Return the relative changes from row to row (days - 1, assets) of closes (days, assets)."""
    table = np.array(closes, dtype=np.float64)
    changes: Array = table[1:] / table[:-1] - 1.0
    return changes


def shrunk_covariance(returns: Array) -> tuple[Array, float]:
    """Return the Ledoit-Wolf covariance of returns (rows, assets) and how much it is shrunk."""
    rows, assets = returns.shape
    centred = returns - returns.mean(axis=0)
    plain = centred.T @ centred / rows
    middle = np.trace(plain) / assets
    distance = (np.sum(plain**2) - assets * middle**2) / assets
    squares = centred**2
    spread = (np.sum(squares.T @ squares) / rows - np.sum(plain**2)) / (assets * rows)
    share = 0.0 if distance <= 0.0 else float(min(max(spread, 0.0), distance) / distance)
    return (1.0 - share) * plain + share * middle * np.eye(assets), share


def min_variance(covariance: Array, cap: float) -> Array:
    """Return the weights of least variance, none above ``cap``."""
    return _clean(_least_at(covariance, cap, np.empty((0, len(covariance))), np.empty(0)), cap)


def max_sharpe(mean: Array, covariance: Array, cap: float, cash: float = 0.0) -> Array | None:
    """Return the weights of the highest mean over ``cash`` for each unit of swing.

    There are none (`None`) when no mix under the cap had more than cash. Found on the ray of all
    multiples of a mix, where the excess is fixed and only the variance is left to make least.
    """
    excess = mean - cash
    best = float(highest(excess, cap) @ excess)
    if best <= 0.0:
        return None
    assets = len(mean)
    normals = np.vstack(
        [excess / best, np.eye(assets), cap * np.ones((assets, 1)) - np.eye(assets)]
    )
    limits = np.concatenate([[1.0], np.zeros(2 * assets)])
    ray = least(covariance, normals, limits, equalities=1)
    return _clean(ray / ray.sum(), cap)


def frontier(mean: Array, covariance: Array, cap: float, points: int) -> tuple[Array, ...]:
    """Return the mixes of least variance for means in even steps from the least swing upwards."""
    lowest = min_variance(covariance, cap)
    top = highest(mean, cap)
    first, last = float(lowest @ mean), float(top @ mean)
    if last - first <= _NOTHING * max(abs(first), abs(last)):
        return (lowest,)
    found = [lowest]
    for aim in np.linspace(first, last, points)[1:-1]:
        scale = max(abs(first), abs(last))
        try:
            mix = _least_at(covariance, cap, mean[None, :] / scale, np.array([aim / scale]))
        except Infeasible:  # the steps at the very top can be too small to be told apart
            continue
        found.append(_clean(mix, cap))
    return (*found, top)


def highest(mean: Array, cap: float) -> Array:
    """Return the weights of the highest mean under the cap: the best assets, each filled up."""
    weights = np.zeros(len(mean))
    left = 1.0
    for at in np.argsort(-mean, kind="stable"):
        weights[at] = min(cap, left)
        left -= weights[at]
    return weights


def _least_at(covariance: Array, cap: float, rows: Array, aims: Array) -> Array:
    """Return the weights of least variance that also keep ``rows @ weights = aims``."""
    assets = len(covariance)
    normals = np.vstack([np.ones((1, assets)), rows, np.eye(assets), -np.eye(assets)])
    limits = np.concatenate([[1.0], aims, np.zeros(assets), -cap * np.ones(assets)])
    return least(covariance, normals, limits, equalities=1 + len(aims))


def _clean(weights: Array, cap: float) -> Array:
    """Take away what rounding left outside the bounds."""
    cut = np.clip(weights, 0.0, cap)
    whole: Array = cut / cut.sum()
    return whole
