"""A score of 0 to 100 from eight plain factors, each with its formula in sight.

A factor is a straight line between what gives nothing and what gives everything. One that the
books cannot tell is left out and its weight shared; how much was told is the coverage, and below
60 % there is no score. All are ratios, so the currency does not matter. It is our own measure
and no lender's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

VERSION = 1
LEAST_COVERAGE = Fraction(6, 10)


class Factor(StrEnum):
    """What is looked at; the value names its words."""

    SPENDING = "spending"  # spent of what came in: 1 at 80 %, 0 at 110 %
    BILLS = "bills"  # bills that came when they were due: 1 at all, 0 at 70 %
    RESERVE = "reserve"  # months of essentials there: 0 to 6
    SAVING = "saving"  # kept of what came in: 0 to 20 %
    DEBT = "debt"  # loan payments of what came in: 1 at 20 %, 0 at 43 %
    CREDIT = "credit"  # used of card limits: 1 at 10 %, 0 at 80 %
    BUFFER = "buffer"  # days above the low-balance line: 1 at all, 0 at half
    PLANNING = "planning"  # budgets kept: 0 to all


# Where each factor gives nothing, and where everything.
_LINES: Mapping[Factor, tuple[Fraction, Fraction]] = {
    Factor.SPENDING: (Fraction(110, 100), Fraction(80, 100)),
    Factor.BILLS: (Fraction(70, 100), Fraction(1)),
    Factor.RESERVE: (Fraction(0), Fraction(6)),
    Factor.SAVING: (Fraction(0), Fraction(20, 100)),
    Factor.DEBT: (Fraction(43, 100), Fraction(20, 100)),
    Factor.CREDIT: (Fraction(80, 100), Fraction(10, 100)),
    Factor.BUFFER: (Fraction(50, 100), Fraction(1)),
    Factor.PLANNING: (Fraction(0), Fraction(1)),
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the books say, money as minor units a month; nothing where they cannot say."""

    income: int | None = None
    spent: int | None = None
    essential: int | None = None
    debt_payments: int | None = None
    liquid: int | None = None
    bills: int = 0
    bills_late: int = 0
    days: int = 0
    days_above: int = 0
    budgets: int = 0
    budgets_kept: int = 0
    card_limits: int = 0
    card_used: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One factor: the ratio it looks at, and what it gives of its share (0 to 1)."""

    factor: Factor
    ratio: Fraction
    value: Fraction


@dataclass(frozen=True, slots=True)
class Score:
    """The score, from the factors that could be told."""

    factors: tuple[Told, ...]

    @property
    def coverage(self) -> Fraction:
        """Return which part of all factors could be told."""
        return Fraction(len(self.factors), len(Factor))

    @property
    def exact(self) -> Fraction:
        """Return the score unrounded."""
        return 100 * sum((one.value for one in self.factors), Fraction(0)) / len(self.factors)

    @property
    def value(self) -> int | None:
        """Return 0 to 100, nothing while too little is known."""
        return None if self.coverage < LEAST_COVERAGE else round(self.exact)


class Change(StrEnum):
    """What can be done about it; the value names its words."""

    SPEND_LESS = "spend_less"
    RESERVE = "reserve"
    PAY_ON_TIME = "pay_on_time"
    KEEP_BUDGETS = "keep_budgets"


@dataclass(frozen=True, slots=True)
class Tip:
    """A change within reach, and how many points the score computed anew would rise."""

    change: Change
    gain: int
    minor: int = 0
    number: int = 0


def score(inputs: Inputs) -> Score:
    """Score what the books say."""
    ratios = _ratios(inputs)
    return Score(
        tuple(
            Told(factor, ratio, _value(ratio, *_LINES[factor]))
            for factor in Factor
            if (ratio := ratios.get(factor)) is not None
        )
    )


def tips(inputs: Inputs) -> tuple[Tip, ...]:
    """Return the changes that would raise the score, largest gain first."""
    now = score(inputs).value
    if now is None:
        return ()
    found = []
    for tip, changed in _changes(inputs):
        gain = (score(changed).value or 0) - now
        if gain > 0:
            found.append(replace(tip, gain=gain))
    return tuple(sorted(found, key=lambda tip: (-tip.gain, tip.change)))


def _ratios(inputs: Inputs) -> dict[Factor, Fraction | None]:
    income, spent = inputs.income, inputs.spent
    kept = None if income is None or spent is None else income - spent
    on_time = inputs.bills - inputs.bills_late
    return {
        Factor.SPENDING: _part(spent, income),
        Factor.BILLS: _part(on_time, inputs.bills),
        Factor.RESERVE: _part(inputs.liquid, inputs.essential),
        Factor.SAVING: _part(kept, income),
        Factor.DEBT: _part(inputs.debt_payments, income),
        Factor.CREDIT: _part(inputs.card_used, inputs.card_limits),
        Factor.BUFFER: _part(inputs.days_above, inputs.days),
        Factor.PLANNING: _part(inputs.budgets_kept, inputs.budgets),
    }


def _part(part: int | None, whole: int | None) -> Fraction | None:
    return None if part is None or whole is None or whole <= 0 else Fraction(part, whole)


def _value(ratio: Fraction, nothing: Fraction, everything: Fraction) -> Fraction:
    return min(Fraction(1), max(Fraction(0), (ratio - nothing) / (everything - nothing)))


def _changes(inputs: Inputs) -> Iterator[tuple[Tip, Inputs]]:
    if inputs.spent is not None and inputs.income:
        less = inputs.spent // 20
        yield Tip(Change.SPEND_LESS, 0, minor=less), replace(inputs, spent=inputs.spent - less)
    if inputs.essential and inputs.liquid is not None:
        more = replace(inputs, liquid=inputs.liquid + inputs.essential)
        yield Tip(Change.RESERVE, 0, minor=inputs.essential), more
    if inputs.bills_late:
        yield Tip(Change.PAY_ON_TIME, 0, number=inputs.bills_late), replace(inputs, bills_late=0)
    over = inputs.budgets - inputs.budgets_kept
    if over:
        kept = replace(inputs, budgets_kept=inputs.budgets)
        yield Tip(Change.KEEP_BUDGETS, 0, number=over), kept
