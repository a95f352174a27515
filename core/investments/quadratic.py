"""The least of a quadratic form between linear bounds, exactly: the dual active-set method.

Goldfarb and Idnani, "A numerically stable dual method for solving strictly convex quadratic
programs" (1983): begin at the least of all, take in the bound that is broken most, and let go of
those that hold nothing back any more. It ends after finitely many steps; there is no tolerance to
tune and no starting point to find. Meant for some dozens of unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

# Unknowns here are shares of a whole and what they are multiples of: below this is nothing.
_NEAR = 1e-11
_MOST_STEPS = 2_000


class Infeasible(Exception):
    """No point keeps all bounds."""


def least(square: Array, normals: Array, limits: Array, *, equalities: int) -> Array:
    """Return the ``x`` that makes ``x' square x`` least.

    ``square`` (n, n) is symmetric and positive definite. Of the rows of ``normals`` (m, n) the
    first ``equalities`` hold exactly (``normals @ x = limits``), the others at least. Raise
    `Infeasible` when no ``x`` does.
    """
    search = _Search(np.linalg.inv(square / np.mean(np.diag(square))))
    for at in range(equalities):
        search.take_in(normals[at], limits[at], fixed=True)
    for _ in range(_MOST_STEPS):
        short = normals[equalities:] @ search.point - limits[equalities:]
        worst = int(np.argmin(short)) if len(short) else 0
        if not len(short) or short[worst] >= -_NEAR:
            return search.settled()
        search.take_in(normals[equalities + worst], limits[equalities + worst], fixed=False)
    raise Infeasible


@dataclass(slots=True)
class _Search:
    """Where the search is: the point, the bounds that hold it there, and how hard each pulls."""

    inverse: Array
    point: Array = field(init=False)
    normals: list[Array] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    fixed: list[bool] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin where the form is least of all: at nothing."""
        self.point = np.zeros(len(self.inverse))

    def take_in(self, normal: Array, limit: float, *, fixed: bool) -> None:
        """Move until a bound that is broken holds, letting go of others that it frees."""
        if fixed and normal @ self.point > limit:
            normal, limit = -normal, -limit
        pull = 0.0
        for _ in range(_MOST_STEPS):
            direction, eased = self._directions(normal)
            freed, until = self._first_freed(eased)
            gain = float(direction @ normal)
            needed = float(limit - normal @ self.point)
            whole = needed / gain if gain > _NEAR * _NEAR else np.inf
            step = min(whole, until)
            if not np.isfinite(step):
                raise Infeasible
            if np.isfinite(whole):
                self.point = self.point + step * direction
            self.pulls = [old - step * less for old, less in zip(self.pulls, eased, strict=True)]
            pull += step
            if whole <= until:
                self._keep(normal, limit, fixed, pull)
                return
            self._let_go(freed)
        raise Infeasible

    def settled(self) -> Array:
        """Return the point computed anew from the bounds that hold it, free of what steps left."""
        held = np.array(self.normals)
        across = held @ self.inverse @ held.T
        pulls = np.linalg.solve(across, np.array(self.limits))
        point: Array = self.inverse @ held.T @ pulls
        return point

    def _directions(self, normal: Array) -> tuple[Array, list[float]]:
        """Return where the point moves for one more pull, and how much the others' pulls ease."""
        towards = self.inverse @ normal
        if not self.normals:
            return towards, []
        held = np.array(self.normals)
        eased = np.linalg.solve(held @ self.inverse @ held.T, held @ towards)
        return towards - self.inverse @ held.T @ eased, list(map(float, eased))

    def _first_freed(self, eased: list[float]) -> tuple[int, float]:
        """Return the bound whose pull ends first on the way, and after which step."""
        first, until = -1, np.inf
        for at, less in enumerate(eased):
            if not self.fixed[at] and less > _NEAR and self.pulls[at] / less < until:
                first, until = at, self.pulls[at] / less
        return first, until

    def _keep(self, normal: Array, limit: float, fixed: bool, pull: float) -> None:  # noqa: FBT001
        self.normals.append(normal)
        self.limits.append(float(limit))
        self.fixed.append(fixed)
        self.pulls.append(pull)

    def _let_go(self, at: int) -> None:
        for kept in (self.normals, self.limits, self.fixed, self.pulls):
            del kept[at]
