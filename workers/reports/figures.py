"""Reads a month's figures from the query layer that chat and alerts read too (law 11)."""

from __future__ import annotations

from datetime import datetime

from core.budgets.budget import BudgetState, Cadence, period_on
from core.ids import UserId
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy, Total
from core.money import Money
from core.period import Calendar, Period
from core.reports.month import BudgetLine, MonthFigures, Share
from core.store.unit_of_work import UnitOfWork
from core.users.user import User

_TOP_MERCHANTS = 10


def read_month(uow: UnitOfWork, user: User, period: Period, *, now: datetime) -> MonthFigures:
    """Gather the figures of ``period`` in the user's own currency, in one read."""
    currency = user.preferences.currency
    spending = EntryQuery(period=period, flow=Flow.SPEND)
    spent = uow.entries.totals(user.id, spending)
    income = uow.entries.totals(user.id, EntryQuery(period=period, flow=Flow.INCOME))
    previous = uow.entries.totals(user.id, spending.over(period.previous()))
    by_category = uow.entries.totals(user.id, spending, GroupBy.CATEGORY)
    by_merchant = uow.entries.totals(user.id, spending, GroupBy.MERCHANT)
    coverage = uow.entries.coverage(user.id, spending)
    return MonthFigures(
        period=period,
        currency=currency,
        spent=_sum_of(spent, currency),
        income=_sum_of(income, currency),
        by_category=_shares(by_category, currency, use_key=True),
        top_merchants=_shares(by_merchant, currency, use_key=False)[:_TOP_MERCHANTS],
        budgets=_budgets(uow, user.id, period, user.preferences.calendar),
        as_of=now,
        newest=coverage.newest,
        rows=sum(total.rows for total in (*spent, *income)),
        uncategorised=coverage.uncategorised,
        previous_spent=_sum_of(previous, currency) if previous else None,
        elsewhere=tuple(
            Money(total.minor, total.currency) for total in spent if total.currency != currency
        ),
    )


def _sum_of(totals: tuple[Total, ...], currency: str) -> Money:
    return Money(sum(t.minor for t in totals if t.currency == currency), currency)


def _shares(totals: tuple[Total, ...], currency: str, *, use_key: bool) -> tuple[Share, ...]:
    return tuple(
        Share(total.key if use_key else total.label, Money(total.minor, currency), total.rows)
        for total in totals
        if total.currency == currency
    )


def _budgets(
    uow: UnitOfWork, user_id: UserId, period: Period, calendar: Calendar
) -> tuple[BudgetLine, ...]:
    """Return how the monthly budgets stood at the period's end: others have another span."""
    budgets = [
        budget
        for budget in uow.budgets.of(user_id)
        if budget.state is BudgetState.ACTIVE
        and budget.cadence is Cadence.MONTHLY
        and period_on(budget, period.start, calendar) == period
    ]
    standing = uow.budgets.standing(budgets, today=period.last_day, calendar=calendar)
    return tuple(
        BudgetLine(one.budget.category, one.budget.limit, one.spent, one.carried)
        for one in standing
    )
