"""What the books say about how somebody stands: the inputs of the score, from plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.budgets.progress import BudgetStatus, Progress
from core.insights.cash import Cash
from core.insights.expected import Expected
from core.insights.movement import Movement
from core.insights.score import Inputs
from core.period import Calendar, Grain, Period, period_of
from core.subscriptions.cadence import length_in_days

MONTHS = 3
_DAYS = 90
_GRACE_DAYS = 7
_ESSENTIAL = (
    "RENT_AND_UTILITIES",
    "FOOD_AND_DRINK_GROCERIES",
    "TRANSPORTATION",
    "MEDICAL",
    "GENERAL_SERVICES_INSURANCE",
    "LOAN_PAYMENTS",
)
_LOANS = "LOAN_PAYMENTS"
_CARD_PAYMENT = "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"


@dataclass(frozen=True, slots=True)
class Books:
    """One currency's rows: spending and income as counted, and entries as accounts see them."""

    spent: Sequence[Movement]
    income: Sequence[Movement]
    booked: Sequence[Movement]


def inputs_of(
    books: Books, cash: Cash, budgets: Iterable[Progress], *, calendar: Calendar
) -> Inputs:
    """Gather the inputs of the score as of the day of ``cash``."""
    period = last_months(cash.today, calendar)
    known = bool(books.spent) and min(one.on for one in books.spent) <= period.start
    spent = _each_month(books.spent, period) if known else None
    income = _each_month(books.income, period) if known else None
    essential = [one for one in books.spent if one.category.startswith(_ESSENTIAL)]
    bills = [one for one in cash.recurring.expected if one.is_bill]
    standing = list(budgets)
    above, days = _days_above(cash)
    return Inputs(
        income=income or None,
        spent=spent,
        essential=_each_month(essential, period) if known else None,
        debt_payments=_loans(books.booked, period) if known else None,
        liquid=max(0, cash.balance + cash.savings) if cash.balances else None,
        bills=len(bills),
        bills_late=sum(_is_late(one, cash) for one in bills),
        days=days,
        days_above=above,
        budgets=len(standing),
        budgets_kept=sum(one.status is not BudgetStatus.OVER for one in standing),
    )


def last_months(today: date, calendar: Calendar) -> Period:
    """Return the last three whole months as one period."""
    month = period_of(Grain.MONTH, today, calendar)
    return Period(month.shift(-MONTHS).start, month.start)


def _each_month(rows: Iterable[Movement], period: Period) -> int:
    return sum(one.minor for one in rows if one.on in period) // MONTHS


def _loans(rows: Iterable[Movement], period: Period) -> int:
    paid = [
        one
        for one in rows
        if one.category.startswith(_LOANS) and one.category != _CARD_PAYMENT and one.minor < 0
    ]
    return -sum(one.minor for one in paid if one.on in period) // MONTHS


def _is_late(bill: Expected, cash: Cash) -> bool:
    """Tell whether the last payment is longer ago than the bill's own rhythm allows."""
    dates = {one.entry_id: one.on for one in cash.movements}
    last = max((dates[entry_id] for entry_id in bill.entry_ids), default=cash.today)
    return (cash.today - last).days > length_in_days(bill.cadence) + _GRACE_DAYS


def _days_above(cash: Cash) -> tuple[int, int]:
    """Count the last days that ended above the line, and all there were."""
    if not cash.movements or not cash.balances:
        return 0, 0
    first = min(one.on for one in cash.movements)
    days = min(_DAYS, (cash.today - first).days)
    moved: dict[date, int] = {}
    for one in cash.movements:
        moved[one.on] = moved.get(one.on, 0) + one.minor
    balance, above = cash.balance, 0
    for step in range(days):
        above += balance >= cash.line
        balance -= moved.get(cash.today - timedelta(days=step), 0)
    return above, days
