"""Two slow insights: what was kept of a month's income, and a round net worth that was passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from core.money import Money, exponent
from core.period import Period
from core.reports.worth import Worth

# A month's share must differ so much from the months before to be worth a line.
_APART = Fraction(5, 100)
_STEPS = (Fraction(1), Fraction(5, 2), Fraction(5))
_LARGEST = 12  # powers of ten


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a whole month's income: ``usual`` is the share of the months before it.

    Amounts are minor units; spending counts refunds as less.
    """

    month: Period
    income: int
    spent: int
    usual: Fraction | None

    @property
    def rate(self) -> Fraction:
        """The share of income that was not spent; below nought when more was spent."""
        return Fraction(self.income - self.spent, self.income)

    @property
    def kind(self) -> str:
        """What is worth telling of it: the name of its phrase, "" when it is as always."""
        if self.rate < 0:
            return "overspent"
        if self.usual is None:
            return "saved"
        if abs(self.rate - self.usual) < _APART:
            return ""
        return "saved_more" if self.rate > self.usual else "saved_less"


def mark_passed(then: Worth, now: Worth, *, least: int) -> Money | None:
    """Return the largest round sum that net worth grew past, from ``least`` minor units on.

    Nothing where either day leaves something out: a sum that is short passes no mark.
    """
    if then.missing or now.missing or then.unpriced or now.unpriced:
        return None
    currency = now.value.currency
    passed = [
        mark
        for mark in _marks(currency)
        if mark >= least and then.value.minor < mark <= now.value.minor
    ]
    return Money(max(passed), currency) if passed else None


def _marks(currency: str) -> Iterator[int]:
    """Give 1, 2.5 and 5 times the powers of ten from a thousand on, in minor units."""
    unit = 10 ** exponent(currency)
    for power in range(3, _LARGEST):
        for step in _STEPS:
            yield int(step * 10**power * unit)
