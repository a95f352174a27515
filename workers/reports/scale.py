"""The marks of a scale: few round numbers that hold all values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_MARKS = 4
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


def marks(values: Sequence[Decimal], *, from_nought: bool) -> tuple[Decimal, ...]:
    """Return round marks from below the lowest of ``values`` to above the highest.

    Columns stand on nought, so that their lengths compare; a line may begin elsewhere.
    """
    low, high = min(values), max(values)
    if from_nought:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = low + 1
    step = _step((high - low) / _MARKS)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return tuple(step * place for place in range(int(first), int(last) + 1))


def _step(rough: Decimal) -> Decimal:
    power = Decimal(1).scaleb(rough.adjusted())
    return next(one * power for one in _STEPS if one * power >= rough)


def plain(value: Decimal) -> str:
    """Write a mark without places that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
