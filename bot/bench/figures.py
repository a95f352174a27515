"""What a measurement reports: a figure, the bar it should meet, and a baseline of the same run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; ``bar`` is the most it may be, or the least when ``at_least``.

    ``baseline`` is what a bare program needs for the same on this machine, in the same run.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False
    baseline: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the bar is met; without one it always is."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def line(self) -> str:
        """Write the figure as one line of the table."""
        bar = "" if self.bar is None else f"{'>=' if self.at_least else '<='} {self.bar:g}"
        verdict = "" if self.bar is None else ("ok" if self.is_met else "OVER")
        base = ""
        if self.baseline:
            base = f"baseline {self.baseline:.3g}, ratio {self.value / self.baseline:.2f}"
        return f"{self.name:44}{self.value:>10.4g} {self.unit:6}{bar:>10} {verdict:5} {base}"


def percentile(values: list[float], share: float) -> float:
    """Return the least value that at least ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that ``work`` takes in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start
