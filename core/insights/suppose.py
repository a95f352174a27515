"""What if: the days ahead under a change that is only supposed. Nothing in the books moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from core.insights.cash import Cash
from core.insights.expected import Dated, Expected, Recurring
from core.insights.outlook import Outlook, look_ahead
from core.ledger.entry import Flow
from core.money import Money
from core.subscriptions.cadence import Cadence, monthly_equivalent

DAYS_AHEAD = 60
# Ten years: money that lasts longer is said to last.
_FURTHEST = 3660
_MONTH = Fraction(365, 12)


@dataclass(frozen=True, slots=True)
class Runway:
    """How long money lasts: whole months before ``short_on``, the first day it would not do.

    ``burn`` is what a usual month takes out of it, regular income that goes on taken off.
    """

    money: int
    burn: int
    months: int | None
    short_on: date | None


def without_income(cash: Cash, *, since: date) -> Runway:
    """Return how long the money lasts when regular income stops on ``since``."""
    rest = cash.rest()
    each_day = Fraction(sum(rest), len(rest))
    last = cash.today + timedelta(days=_FURTHEST)
    coming = [
        one
        for one in cash.recurring.dated(cash.today, last)
        if not (one.of.is_income and one.on >= since)
    ]
    going_on = [one for one in cash.recurring.expected if not one.is_income]
    burn = -monthly(going_on, cash.currency) - round(each_day * _MONTH)
    short_on = next((on for on, left in _course(cash, coming, each_day) if left < 0), None)
    months = None if short_on is None else _whole_months(since, short_on)
    return Runway(cash.balance, burn, months, short_on)


def largest_of(cash: Cash, matching: Callable[[Expected], bool]) -> Expected | None:
    """Return the largest that comes back and matches; nothing when none does."""
    found = [one for one in cash.recurring.expected if matching(one)]
    return max(found, key=lambda one: (abs(one.minor), -one.next_date.toordinal()), default=None)


def supposed(cash: Cash, change: int, matching: Callable[[Expected], bool]) -> Cash:
    """Return the same household with ``change`` added to each time of the largest that matches.

    What matches nothing that comes back is added as something new, each month on this day.
    """
    expected = list(cash.recurring.expected)
    largest = largest_of(cash, matching)
    if largest is not None:
        expected[expected.index(largest)] = replace(largest, minor=largest.minor + change)
    else:
        expected.append(_something_new(change, cash.today))
    return replace(cash, recurring=Recurring(tuple(expected), cash.recurring.explained))


def lowest(cash: Cash) -> Outlook:
    """Return the outlook over the next two months."""
    last = cash.today + timedelta(days=DAYS_AHEAD)
    dated = cash.recurring.dated(cash.today, last)
    return look_ahead(
        cash.balance, cash.rest(), dated, today=cash.today, days=DAYS_AHEAD, line=cash.line
    )


def room(cash: Cash) -> int:
    """Return what a usual month leaves: all that comes back, and everyday spending."""
    rest = cash.rest()
    return monthly(cash.recurring.expected, cash.currency) + round(
        Fraction(sum(rest), len(rest)) * _MONTH
    )


def monthly(expected: Iterable[Expected], currency: str) -> int:
    """Return what comes back adds up to in an average month, out negative."""
    return sum(
        monthly_equivalent(Money(one.minor, currency), one.cadence).minor for one in expected
    )


def _course(cash: Cash, coming: Sequence[Dated], each_day: Fraction) -> Iterator[tuple[date, int]]:
    """Give the balance day after day, everyday spending spread evenly."""
    planned: dict[date, int] = {}
    for one in coming:
        on = max(one.on, cash.today + timedelta(days=1))
        planned[on] = planned.get(on, 0) + one.minor
    fixed = cash.balance
    for step in range(1, _FURTHEST + 1):
        on = cash.today + timedelta(days=step)
        fixed += planned.get(on, 0)
        yield on, fixed + round(each_day * step)


def _whole_months(since: date, until: date) -> int:
    months = (until.year - since.year) * 12 + until.month - since.month
    return max(0, months - (until.day < since.day))


def _something_new(change: int, today: date) -> Expected:
    return Expected(
        name="",
        minor=change,
        cadence=Cadence.MONTHLY,
        next_date=today + timedelta(days=1),
        account_id=0,
        category="",
        merchant_key="",
        flow=Flow.SPEND if change < 0 else Flow.INCOME,
    )
