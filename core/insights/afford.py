"""Whether something can be paid: cash, budget, bills before payday and goals, and one verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.bills.safe import Safe
from core.budgets.progress import Progress
from core.insights.cash import Cash
from core.insights.outlook import TooLittleHistory


class Verdict(StrEnum):
    """The one-line answer; the value names its phrase."""

    YES = "yes"
    OVER_BUDGET = "over_budget"  # the cash is there, the budget is not
    TIGHT = "tight"  # paid, but little is left before the next income
    CARDS = "cards"  # paid, but not what the cards are owed as well
    NO = "no"  # the bills before payday could not all be paid
    FROM_SAVINGS = "from_savings"  # no, unless savings are used


@dataclass(frozen=True, slots=True)
class Affordability:
    """A price judged. ``after`` is what is left once price and bills up to ``until`` are paid.

    ``bills`` are what is held back for up to then, the same as where safe to spend is told, and
    ``owed`` what the cards are owed beyond that. ``low`` is the lowest balance to be expected on
    the way, everyday spending and the price included; nothing without history.
    ``budget_left`` is what its budget would have left, nothing without a budget; ``set_aside`` is
    what goals claim of the cash, nothing without a goal.
    """

    price: int
    cash: int
    bills: int
    bill_count: int
    owed: int
    until: date
    payday: date | None
    after: int
    line: int
    savings: int
    low: int | None
    low_on: date | None
    budget_left: int | None
    set_aside: int | None

    @property
    def from_goals(self) -> int | None:
        """How much would come out of what goals claim; nothing without a goal."""
        if self.set_aside is None:
            return None
        return min(max(self.set_aside - self.after, 0), self.set_aside)

    @property
    def verdict(self) -> Verdict:
        """The strictest judgement wins; a goal never stands in the way of a bill."""
        if self.after < 0:
            return Verdict.FROM_SAVINGS if self.after + self.savings >= 0 else Verdict.NO
        if self.low is not None and self.low < self.line:
            return Verdict.TIGHT
        if self.after < self.owed:
            return Verdict.CARDS
        if self.budget_left is not None and self.budget_left < 0:
            return Verdict.OVER_BUDGET
        return Verdict.YES


def afford(
    price: int, safe: Safe, cash: Cash, budget: Progress | None, set_aside: int | None = None
) -> Affordability:
    """Judge a price by what is safe to spend, the budget it would count to, and the goals.

    ``safe`` and ``cash`` are of the same accounts: what is due before the next pay, and how the
    days go on with everyday spending.
    """
    until = safe.until - timedelta(days=1)
    held = safe.held_total.minor
    low, low_on = _lowest(price, cash, until)
    return Affordability(
        price=price,
        cash=safe.cash.minor,
        bills=held,
        bill_count=len(safe.held),
        owed=max(cash.owed - _to_cards(safe), 0),
        until=until,
        payday=safe.paid_on,
        after=safe.cash.minor - held - price,
        line=cash.line,
        savings=cash.savings,
        low=low,
        low_on=low_on,
        budget_left=None if budget is None else budget.left.minor - price,
        set_aside=set_aside,
    )


def _to_cards(safe: Safe) -> int:
    """Return how much of what is held back goes to cards."""
    return sum(one.amount.minor for one in safe.held if one.expected.pays_account_id is not None)


def _lowest(price: int, cash: Cash, until: date) -> tuple[int | None, date | None]:
    days = max(1, (until - cash.today).days)
    try:
        ahead = cash.ahead(days, less=price)
    except TooLittleHistory:
        return None, None
    return ahead.low, ahead.low_on
