"""A budget: how much may be spent on a category in a week, a month or a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
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


class BudgetMoveRefused(FinanceError):
    """The budget cannot go from the state it is in to the one asked for."""

    code = "budget.move_refused"


class Cadence(StrEnum):
    """How often a budget starts anew."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ANNUAL = "annual"


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
}

PrimaryOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget of one user; ``id`` 0 means that it is not stored yet.

    ``category`` is a primary category (which covers all its detailed ones), a detailed one or
    a category of the user's own (``user:<slug>``). ``warn_percent`` is when to warn. With a
    ``carry``, what a period leaves goes into the next.
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

    def __post_init__(self) -> None:
        """Refuse a limit that cannot be kept and a warning that cannot come."""
        if self.limit.minor <= 0:
            raise BudgetLimitTooLow(category=self.category)
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


def move(budget: Budget, to: BudgetState) -> Budget:
    """Return the budget in state ``to``; raise `BudgetMoveRefused` when it cannot go there."""
    if to not in BUDGET_MOVES[budget.state]:
        raise BudgetMoveRefused(state=budget.state, to=to)
    return replace(budget, state=to)


def period_on(budget: Budget, day: date, calendar: Calendar | None = None) -> Period:
    """Return the budget's period that holds ``day``, as the user divides time.

    The first period counts whole, even when the budget was set in its middle: "Food 400" set
    on the 20th is about the month, not about ten days of it. A year is a calendar year.
    """
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
