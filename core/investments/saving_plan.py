"""What regular contributions come to: the closed form of an even growth, to the minor unit.

Contributions come at the end of each month, twelve to a year. What costs take each year lessens
the growth; what inflation takes turns the end into money of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from core.errors import FinanceError
from core.money import Money

MOST_MONTHS = 720
_LOWEST, _HIGHEST = Decimal(-50), Decimal(50)
_MONTHS_A_YEAR = 12
_PRECISE = Context(prec=40)


class MonthsOutOfRange(FinanceError):
    """A plan is for at least one month and at most sixty years."""

    code = "saving_plan.months_out_of_range"


class RateOutOfRange(FinanceError):
    """Nobody plans with a yearly rate like that."""

    code = "saving_plan.rate_out_of_range"


class ContributionUnreadable(FinanceError):
    """What is put in each month is nothing or more."""

    code = "saving_plan.contribution_unreadable"


@dataclass(frozen=True, slots=True)
class SavingPlan:
    """``monthly`` put in for so many ``months`` on top of what is there at the ``start``.

    ``cost`` is what funds and brokers take of all of it, ``inflation`` by how much money loses
    its worth, both in per cent a year.
    """

    start: Money
    monthly: Money
    months: int
    cost: Decimal = Decimal(0)
    inflation: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        """Refuse what no plan can mean."""
        if not 1 <= self.months <= MOST_MONTHS:
            raise MonthsOutOfRange(most=MOST_MONTHS // _MONTHS_A_YEAR)
        if self.monthly.minor < 0 or self.start.minor < 0:
            raise ContributionUnreadable
        for rate in (self.cost, self.inflation):
            check_rate(rate)

    @property
    def paid_in(self) -> Money:
        """What is there at the start and all that is put in."""
        return self.start + self.monthly.times(self.months)


def check_rate(rate: Decimal) -> None:
    """Refuse a yearly rate in per cent that nobody plans with; raise `RateOutOfRange`."""
    if not _LOWEST <= rate <= _HIGHEST:
        raise RateOutOfRange(lowest=str(_LOWEST), highest=str(_HIGHEST))


def grown(plan: SavingPlan, rate: Decimal) -> Money:
    """Return what a plan comes to when all of it grows evenly by ``rate`` per cent a year.

    With the growth ``i`` of a month and ``n`` months it is ``start (1+i)^n`` and for the
    contributions ``monthly ((1+i)^n - 1) / i``, in money of today where inflation is told.
    """
    check_rate(rate)
    factor = monthly_factor(rate, plan.cost)
    whole = _PRECISE.power(factor, plan.months)
    growth = _PRECISE.subtract(factor, Decimal(1))
    each = (
        _PRECISE.divide(_PRECISE.subtract(whole, Decimal(1)), growth)
        if growth
        else Decimal(plan.months)
    )
    minor = _PRECISE.add(
        _PRECISE.multiply(Decimal(plan.start.minor), whole),
        _PRECISE.multiply(Decimal(plan.monthly.minor), each),
    )
    today = _PRECISE.divide(minor, deflated(plan))
    return Money(int(today.to_integral_value()), plan.start.currency)


def monthly_factor(rate: Decimal, cost: Decimal = Decimal(0)) -> Decimal:
    """Return by what a month multiplies at a yearly rate and cost in per cent."""
    yearly = _PRECISE.multiply(1 + rate / 100, 1 - cost / 100)
    return _PRECISE.power(yearly, _PRECISE.divide(Decimal(1), Decimal(_MONTHS_A_YEAR)))


def deflated(plan: SavingPlan) -> Decimal:
    """Return by what money at the end is divided to be money of today."""
    years = _PRECISE.divide(Decimal(plan.months), Decimal(_MONTHS_A_YEAR))
    return _PRECISE.power(1 + plan.inflation / 100, years)
