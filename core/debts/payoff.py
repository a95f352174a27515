"""Paying debts off: month by month in whole minor units, the dearest or the smallest one first.

Each month interest is charged first, then every debt gets its minimum, then all that is left of
the monthly sum goes to one debt. What a paid debt frees goes to the next. Interest is rounded
to a minor unit each month, as lenders do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from core.debts.debt import Debt
from core.money import Money, total

# Whoever needs longer than this is not getting out at that rate.
MOST_MONTHS = 1_200


class Method(StrEnum):
    """Which debt gets what is left over."""

    AVALANCHE = "avalanche"  # the dearest: the least interest
    SNOWBALL = "snowball"  # the smallest: the first one gone soonest


@dataclass(frozen=True, slots=True)
class PaidOff:
    """When one debt is gone, and what it will have cost."""

    debt: Debt
    month: int
    interest: Money


@dataclass(frozen=True, slots=True)
class Plan:
    """The way out: ``months`` until all is paid, what it costs, the order in which they go."""

    method: Method
    monthly: Money
    months: int
    interest: Money
    order: tuple[PaidOff, ...]


def payoff(debts: Sequence[Debt], *, monthly: Money, method: Method) -> Plan | None:
    """Return the plan with ``monthly`` for all debts together; `None` when it never ends.

    ``monthly`` below the minimums is raised to them: they have to be paid anyway.
    """
    open_debts = [one for one in debts if one.owed.minor > 0]
    minimums = total((one.minimum for one in open_debts), monthly.currency)
    sum_of_money = max(monthly.minor, minimums.minor)
    owed = {one.id: one.owed.minor for one in open_debts}
    interest = dict.fromkeys(owed, 0)
    gone: dict[int, int] = {}
    months = 0
    while len(gone) < len(owed):
        months += 1
        before = sum(owed.values())
        _charge(open_debts, owed, interest)
        _pay(open_debts, owed, sum_of_money, method)
        gone |= {number: months for number, left in owed.items() if not left and number not in gone}
        if months > MOST_MONTHS or sum(owed.values()) >= before:
            return None
    return _plan(open_debts, method, Money(sum_of_money, monthly.currency), gone, interest)


def _charge(debts: Sequence[Debt], owed: dict[int, int], interest: dict[int, int]) -> None:
    for one in debts:
        charged = month_interest(owed[one.id], one.rate_percent)
        owed[one.id] += charged
        interest[one.id] += charged


def month_interest(owed: int, rate_percent: Decimal) -> int:
    """Return one month's interest in minor units: a twelfth of the yearly rate."""
    exact = Decimal(owed) * rate_percent / Decimal(1200)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _pay(debts: Sequence[Debt], owed: dict[int, int], there: int, method: Method) -> None:
    for one in debts:
        paid = min(one.minimum.minor, owed[one.id], there)
        owed[one.id] -= paid
        there -= paid
    for one in sorted(debts, key=_FIRST[method]):
        paid = min(there, owed[one.id])
        owed[one.id] -= paid
        there -= paid


_FIRST: Mapping[Method, Callable[[Debt], tuple[Decimal | int, ...]]] = {
    Method.AVALANCHE: lambda one: (-one.rate_percent, one.owed.minor, one.id),
    Method.SNOWBALL: lambda one: (one.owed.minor, -one.rate_percent, one.id),
}


def _plan(
    debts: Sequence[Debt],
    method: Method,
    monthly: Money,
    gone: Mapping[int, int],
    interest: Mapping[int, int],
) -> Plan:
    currency = monthly.currency
    order = sorted(debts, key=lambda one: (gone[one.id], _FIRST[method](one)))
    return Plan(
        method=method,
        monthly=monthly,
        months=max(gone.values(), default=0),
        interest=Money(sum(interest.values()), currency),
        order=tuple(PaidOff(one, gone[one.id], Money(interest[one.id], currency)) for one in order),
    )
