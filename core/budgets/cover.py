"""Room from one budget to another: what may be moved so that both stay budgets."""

from __future__ import annotations

from core.budgets.progress import Progress
from core.errors import FinanceError
from core.money import Money


class CoverTooMuch(FinanceError):
    """The other budget has not that much left."""

    code = "budget.cover_too_much"


class NothingToCover(FinanceError):
    """The budget is not over, so there is nothing to cover, or nothing was named."""

    code = "budget.nothing_to_cover"


class CoverOtherCurrency(FinanceError):
    """Two budgets of different currencies cover nothing of each other."""

    code = "budget.cover_other_currency"


def check_cover(amount: Money, into: Progress, out: Progress) -> None:
    """Raise when ``amount`` cannot go from ``out`` to ``into``; a limit never falls to nothing."""
    if out.budget.limit.currency != into.budget.limit.currency:
        raise CoverOtherCurrency(currency=out.budget.limit.currency)
    if amount.minor <= 0 or into.budget.id == out.budget.id:
        raise NothingToCover(category=into.budget.category)
    if amount.minor > out.left.minor or amount.minor >= out.budget.limit.minor:
        raise CoverTooMuch(
            category=out.budget.category, left=out.left.plain, currency=out.left.currency
        )
