"""Chances as they came true: what the simulation says is too high, so it is corrected first.

The table is fitted on invented households by `financemaster bench outlook` (isotonic regression:
as close to the outcomes as a rising curve can be) and ships as data.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from itertools import accumulate
from pathlib import Path

_DATA = Path(__file__).with_name("calibration.toml")


def calibrated(raw: float) -> float:
    """Return how often a low balance came when the simulation said ``raw``."""
    points = _points()
    at = bisect_right([point[0] for point in points], raw)
    return points[max(0, at - 1)][1]


def chance_percent(raw: float) -> Decimal:
    """Return the chance as it is shown: calibrated, in whole per cent."""
    share = Decimal(str(calibrated(raw) * 100))
    return share.quantize(Decimal(1), ROUND_HALF_EVEN)


def isotonic(
    pairs: Iterable[tuple[float, bool]], *, at_least: int = 1
) -> list[tuple[float, float]]:
    """Fit a rising step curve: (from this raw chance on, this share came true).

    A step of fewer than ``at_least`` cases is joined to the one before it: three out of three
    is no certainty.
    """
    blocks: list[list[float]] = []  # first raw value, came true, how many
    for raw, came in sorted(pairs):
        if blocks and blocks[-1][0] == raw:
            blocks[-1][1] += came
            blocks[-1][2] += 1
        else:
            blocks.append([raw, float(came), 1.0])
        _join(blocks, lambda: _share(blocks[-2]) >= _share(blocks[-1]))
    wide: list[list[float]] = []
    for block in blocks:
        wide.append(block)
        _join(wide, lambda: wide[-1][2] < at_least)
    # Half a case for and half against: twelve out of twelve is no certainty.
    shares = accumulate(((block[1] + 0.5) / (block[2] + 1) for block in wide), max)
    return [(block[0], share) for block, share in zip(wide, shares, strict=True)]


def _join(blocks: list[list[float]], wanted: Callable[[], bool]) -> None:
    """Join the last block to the one before it as long as that is wanted."""
    while len(blocks) > 1 and wanted():
        _, came_true, number = blocks.pop()
        blocks[-1][1] += came_true
        blocks[-1][2] += number


def _share(block: list[float]) -> float:
    return block[1] / block[2]


@cache
def _points() -> tuple[tuple[float, float], ...]:
    table = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return tuple((float(raw), float(came)) for raw, came in table["points"])
