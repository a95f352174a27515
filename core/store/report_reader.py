"""Reads a report's figures from the query layer that chat and alerts read too (law 11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.bills.standing import to_pay
from core.budgets.budget import BudgetState, Cadence, period_on
from core.ids import UserId
from core.ledger.account import Balance
from core.ledger.entry import Flow, JournalEntry
from core.ledger.search import EntryQuery, GroupBy, SortBy, Total
from core.money import Money
from core.period import Calendar, Grain, Period
from core.rates.rate import RateBook
from core.reports.figures import (
    AccountLine,
    BillLine,
    BudgetLine,
    Foreign,
    GoalLine,
    ReportFigures,
    Share,
    Standing,
    changed,
)
from core.schedules.banking import IsBankDay
from core.store.account_store import AccountStore
from core.store.bill_store import BillStore
from core.store.budget_store import BudgetStore
from core.store.entry_queries import EntryQueries
from core.store.goal_store import GoalStore
from core.store.portfolio_reader import PortfolioReader
from core.store.rate_store import RateStore
from core.store.vault import Vault
from core.store.worth_reader import WorthReader
from core.users.user import User

_TOP_MERCHANTS = 10
_TOP_CHANGES = 6
_BILL_DAYS = timedelta(days=30)
_LONGER_THAN_A_MONTH = 31


class ReportReader:
    """Gathers what happened in a period, and how things stand now."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._entries = EntryQueries(connection, vault)
        self._accounts = AccountStore(connection, vault)
        self._budgets = BudgetStore(connection, vault)
        self._goals = GoalStore(connection, vault)
        self._bills = BillStore(connection, vault)
        self._rates = RateStore(connection, vault)
        self._portfolios = PortfolioReader(connection, vault)
        self._worth = WorthReader(connection, vault)

    def read(
        self, user: User, period: Period, *, now: datetime, is_bank_day: IsBankDay
    ) -> ReportFigures:
        """Return the figures of ``period`` in the user's own currency."""
        currency, today = user.preferences.currency, user.preferences.today(now)
        spending = EntryQuery(period=period, flow=Flow.SPEND)
        spent = self._entries.totals(user.id, spending)
        income = self._entries.totals(user.id, EntryQuery(period=period, flow=Flow.INCOME))
        previous = self._entries.totals(user.id, spending.over(period.previous()))
        by_category = self._shares(user.id, spending, currency, GroupBy.CATEGORY)
        before = self._shares(user.id, spending.over(period.previous()), currency, GroupBy.CATEGORY)
        coverage = self._entries.coverage(user.id, spending)
        merchants = self._shares(user.id, spending, currency, GroupBy.MERCHANT)
        is_over = period.last_day < today
        return ReportFigures(
            period=period,
            currency=currency,
            spent=_sum_of(spent, currency),
            income=_sum_of(income, currency),
            by_category=by_category,
            top_merchants=merchants[:_TOP_MERCHANTS],
            budgets=self._budgets_of(user.id, period, user.preferences.calendar),
            as_of=now,
            newest=coverage.newest,
            rows=sum(total.rows for total in (*spent, *income)),
            uncategorised=coverage.uncategorised,
            previous_spent=_sum_of(previous, currency) if previous else None,
            elsewhere=self._elsewhere(user.id, spending, spent, currency),
            by_month=self._by_month(user.id, spending, currency),
            # A month that still runs has not less than the one before: it has not ended.
            changes=changed(by_category, before, _TOP_CHANGES) if previous and is_over else (),
            standing=self._standing(user, today, is_bank_day),
            is_over=is_over,
        )

    def largest(self, user_id: UserId, period: Period, currency: str) -> JournalEntry | None:
        """Return the largest single payment of a period in one currency."""
        query = EntryQuery(
            period=period, flow=Flow.SPEND, currency=currency, sort=SortBy.LARGEST, limit=3
        )
        found = self._entries.find(user_id, query)
        return next((one for one in found if one.amount.minor < 0), None)

    def _shares(
        self, user_id: UserId, query: EntryQuery, currency: str, by: GroupBy
    ) -> tuple[Share, ...]:
        named_by_key = by is not GroupBy.MERCHANT
        return tuple(
            Share(
                total.key if named_by_key else total.label,
                Money(total.minor, currency),
                total.rows,
            )
            for total in self._entries.totals(user_id, query, by)
            if total.currency == currency
        )

    def _by_month(self, user_id: UserId, query: EntryQuery, currency: str) -> tuple[Share, ...]:
        if query.period is None or query.period.days <= _LONGER_THAN_A_MONTH:
            return ()
        return self._shares(user_id, query, currency, GroupBy.MONTH)

    def _budgets_of(
        self, user_id: UserId, period: Period, calendar: Calendar
    ) -> tuple[BudgetLine, ...]:
        """Return how the monthly budgets stood at the period's end: others have another span."""
        budgets = [
            budget
            for budget in self._budgets.of(user_id)
            if budget.state is BudgetState.ACTIVE
            and budget.cadence is Cadence.MONTHLY
            and (budget.ends_on is None or budget.ends_on >= period.start)
            and period_on(budget, period.start, calendar) == period
        ]
        standing = self._budgets.standing(budgets, today=period.last_day, calendar=calendar)
        return tuple(
            BudgetLine(one.budget.category, one.budget.limit, one.spent, one.carried)
            for one in standing
        )

    def _elsewhere(
        self, user_id: UserId, spending: EntryQuery, spent: tuple[Total, ...], base: str
    ) -> tuple[Foreign, ...]:
        """Value each other currency at the rate of each entry's day."""
        found = []
        for whole in spent:
            if whole.currency == base:
                continue
            query = replace(spending, currency=whole.currency)
            sums = [
                (date.fromisoformat(one.key), Money(one.minor, one.currency))
                for one in self._entries.totals(user_id, query, GroupBy.DAY)
            ]
            days = [on for on, _ in sums]
            book = self._rates.book(user_id, {base, whole.currency}, min(days), max(days))
            value, rates = book.value_days(sums, base)
            found.append(Foreign(Money(whole.minor, whole.currency), value, rates))
        return tuple(found)

    def _standing(self, user: User, today: date, is_bank_day: IsBankDay) -> Standing:
        worth = self._worth.over(user, (today,), today=today)
        held = self._portfolios.portfolio(user, today)
        until = today + _BILL_DAYS
        dues = self._bills.dues(user.id, today=today, last=until, is_bank_day=is_bank_day)
        ahead = to_pay(dues, Period(today, until, Grain.SPAN), today)
        return Standing(
            accounts=self._account_lines(user.id, user.preferences.currency, today),
            invested=held.value if held.covered else None,
            priced_on=held.priced_on,
            priced_by=held.sources,
            net_worth=worth[0].value if worth else None,
            uncounted=worth[0].missing if worth else 0,
            unpriced=worth[0].unpriced if worth else 0,
            goals=tuple(
                GoalLine(one.goal.name, one.saved, one.goal.target, one.percent, one.goal.by)
                for one in self._goals.standing(user.id, today=today)
            ),
            bills=tuple(BillLine(one.expected.name, one.amount, one.on) for one in ahead),
            bills_until=until - timedelta(days=1),
        )

    def _account_lines(self, user_id: UserId, base: str, today: date) -> tuple[AccountLine, ...]:
        balances = self._accounts.balances(user_id)
        codes = {base, *(item.account.currency for item in balances)}
        book = self._rates.book(user_id, codes, today, today) if len(codes) > 1 else RateBook(())
        return tuple(_account_line(item, book, base, today) for item in balances)


def _account_line(item: Balance, book: RateBook, base: str, today: date) -> AccountLine:
    foreign = None
    if item.account.currency != base:
        valued = book.value(item.posted, base, today)
        value, rates = (valued[0], (valued[1],)) if valued is not None else (None, ())
        foreign = Foreign(item.posted, value, rates)
    return AccountLine(item.account.name, item.posted, item.as_of, foreign)


def _sum_of(totals: tuple[Total, ...], currency: str) -> Money:
    return Money(sum(t.minor for t in totals if t.currency == currency), currency)
