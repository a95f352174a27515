"""A budget: how much may be spent on a category in a week, a month or a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from core.budgets.carry import Carry
from core.errors import FinanceError
from core.ids import UserId
from core.money import Money, total
from core.period import Calendar, Grain, Period, period_of

WARN_PERCENT = 80


class BudgetLimitTooLow(FinanceError):
    """A budget needs a limit above nothing."""

    code = "budget.limit_too_low"


class BudgetWarningOutOfRange(FinanceError):
    """The warning comes at a whole per cent from 1 to 99: before the limit itself."""

    code = "budget.warning_out_of_range"


class BudgetDaysReversed(FinanceError):
    """A budget ends on the day it begins or later, and not before today."""

    code = "budget.days_reversed"


class BudgetNotCarried(FinanceError):
    """A budget for some days only has no next period into which anything could be carried."""

    code = "budget.not_carried"


class BudgetMoveRefused(FinanceError):
    """The budget cannot go from the state it is in to the one asked for."""

    code = "budget.move_refused"


class Cadence(StrEnum):
    """How often a budget starts anew."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ANNUAL = "annual"
    ONCE = "once"  # for the days from its start to its end, and never again


class BudgetState(StrEnum):
    """Whether a budget counts."""

    ACTIVE = "active"
    PAUSED = "paused"
    DELETED = "deleted"


BUDGET_MOVES: Mapping[BudgetState, frozenset[BudgetState]] = {
    BudgetState.ACTIVE: frozenset({BudgetState.PAUSED, BudgetState.DELETED}),
    BudgetState.PAUSED: frozenset({BudgetState.ACTIVE, BudgetState.DELETED}),
    # Only undo brings a deleted budget back, to the state it was deleted from.
    BudgetState.DELETED: frozenset({BudgetState.ACTIVE, BudgetState.PAUSED}),
}

_GRAINS: Mapping[Cadence, Grain] = {
    Cadence.WEEKLY: Grain.WEEK,
    Cadence.MONTHLY: Grain.MONTH,
    Cadence.ANNUAL: Grain.YEAR,
    Cadence.ONCE: Grain.SPAN,
}

PrimaryOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget of one user; ``id`` 0 means that it is not stored yet.

    ``category`` is a primary category (which covers all its detailed ones), a detailed one or
    a category of the user's own (``user:<slug>``). ``warn_percent`` is when to warn. With a
    ``carry``, what a period leaves goes into the next. Nothing counts before ``started_on`` or
    after ``ends_on``; without an end it goes on for ever.
    """

    id: int
    user_id: UserId
    category: str
    limit: Money
    cadence: Cadence
    state: BudgetState
    started_on: date
    warn_percent: int = WARN_PERCENT
    carry: Carry | None = None
    ends_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a limit nobody can keep, days that run backwards, a warning that cannot come."""
        if self.limit.minor <= 0:
            raise BudgetLimitTooLow(category=self.category)
        if self.ends_on is not None and self.ends_on < self.started_on:
            raise BudgetDaysReversed(category=self.category)
        if not 1 <= self.warn_percent <= 99:
            raise BudgetWarningOutOfRange(category=self.category)

    @property
    def grain(self) -> Grain:
        """Which kind of period it counts in."""
        return _GRAINS[self.cadence]

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"budget:{self.id}"

    @property
    def is_dated(self) -> bool:
        """Whether it is for a time only, and stands beside the one that goes on for ever."""
        return self.ends_on is not None

    def runs_on(self, day: date) -> bool:
        """Tell whether it counts on a day: active, begun and not over."""
        begun = self.started_on <= day and (self.ends_on is None or day <= self.ends_on)
        return begun and self.state is BudgetState.ACTIVE


def move(budget: Budget, to: BudgetState) -> Budget:
    """Return the budget in state ``to``; raise `BudgetMoveRefused` when it cannot go there."""
    if to not in BUDGET_MOVES[budget.state]:
        raise BudgetMoveRefused(state=budget.state, to=to)
    return replace(budget, state=to)


def period_on(budget: Budget, day: date, calendar: Calendar | None = None) -> Period:
    """Return the budget's period that holds ``day``, as the user divides time.

    The first period counts whole, even when the budget was set in its middle: "Food 400" set
    on the 20th is about the month, not about ten days of it. A year is a calendar year. A budget
    for some days only has one period, whichever ``day`` it is.
    """
    if budget.cadence is Cadence.ONCE:
        last = budget.ends_on or budget.started_on
        return Period(budget.started_on, last + timedelta(days=1), Grain.SPAN)
    return period_of(budget.grain, day, calendar)


def covers(budget: Budget, category: str, primary_of: PrimaryOf) -> bool:
    """Tell whether spending in ``category`` counts; ``primary_of`` knows the category tree."""
    return category == budget.category or primary_of(category) == budget.category


def spent_within(budget: Budget, by_category: Mapping[str, Money], primary_of: PrimaryOf) -> Money:
    """Add up what counts towards the budget, from one period's spending by category.

    Amounts are spending (a refund is negative) in the budget's currency: another currency is
    to be converted or left out, and said so, before it comes here.
    """
    counted = (
        amount for category, amount in by_category.items() if covers(budget, category, primary_of)
    )
    return total(counted, budget.limit.currency)
