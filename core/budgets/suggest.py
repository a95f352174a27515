"""A first budget from the last months: the median of what was spent, rounded up a little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from core.money import Money, exponent

MONTHS_LOOKED_AT = 6
_LEAST_MONTHS = 3  # with spending, to call it usual
# A limit is a round number: the steps, in units of money, from a limit on.
_STEPS = ((1_000, 50), (200, 10), (0, 5))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is usual for a category in a month, and the limit that goes with it."""

    category: str
    usual: Money
    limit: Money
    months: int


def suggestions(by_month: Mapping[str, Sequence[Money]]) -> tuple[Suggestion, ...]:
    """Return a limit for each category, the largest first.

    ``by_month`` gives for each category what each of the last full months came to, months with
    nothing included. A category that is not there in at least three of them is not usual.
    """
    found = (_suggested(category, months) for category, months in by_month.items())
    usual = [one for one in found if one is not None]
    return tuple(sorted(usual, key=lambda one: (-one.limit.minor, one.category)))


def _suggested(category: str, months: Sequence[Money]) -> Suggestion | None:
    spent = [one for one in months if one.minor > 0]
    if len(spent) < _LEAST_MONTHS:
        return None
    middle = Money(int(median(one.minor for one in months)), months[0].currency)
    if middle.minor <= 0:
        return None
    return Suggestion(category, middle, _rounded_up(middle), len(months))


def _rounded_up(amount: Money) -> Money:
    unit = 10 ** exponent(amount.currency)
    step = next(step for least, step in _STEPS if amount.minor >= least * unit) * unit
    return Money(-(-amount.minor // step) * step, amount.currency)
