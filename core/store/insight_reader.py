"""Reads what insights are worked out from, in one go for tools and workers alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from core.ids import UserId
from core.insights.cash import LOOK_BACK, Cash, cash_of, with_savings
from core.insights.contributions import NOTHING, Amounts, contributions
from core.insights.expected import Recurring, recurring
from core.insights.feed import Seen
from core.insights.forecast import Spending
from core.insights.movement import Movement
from core.insights.outlook import TooLittleHistory
from core.insights.score import Inputs
from core.insights.standing import Books, inputs_of
from core.insights.unusual import unusual
from core.ledger.account import Balance
from core.ledger.entry import Flow
from core.period import Calendar, Grain, Period, period_of
from core.store.account_store import AccountStore
from core.store.budget_store import BudgetStore
from core.store.movement_queries import MovementQueries
from core.store.pocket_queries import PocketQueries
from core.store.vault import Vault

AHEAD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Charges:
    """Spending as it counted, oldest first, and what of it comes back by the calendar."""

    rows: tuple[Movement, ...]
    recurring: Recurring


class InsightReader:
    """Gathers the values that `core.insights` works on, of one user in one currency."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._accounts = AccountStore(connection, vault)
        self._budgets = BudgetStore(connection, vault)
        self._movements = MovementQueries(connection, vault)
        self._pockets = PocketQueries(connection)

    def cash(self, user_id: UserId, *, currency: str, today: date, savings: bool = False) -> Cash:
        """Return the money to live from; with ``savings``, those are in it."""
        balances = self._accounts.balances(user_id)
        rows = self._movements.booked(user_id, _days(today))
        cash = self._cash_of(user_id, balances, rows, currency, today)
        return with_savings(cash, balances, rows) if savings else cash

    def _cash_of(
        self,
        user_id: UserId,
        balances: Sequence[Balance],
        rows: Iterable[Movement],
        currency: str,
        today: date,
    ) -> Cash:
        pockets = self._pockets.of(user_id, balances, currency=currency, today=today)
        return cash_of(balances, pockets, rows, currency=currency, today=today)

    def charges(
        self,
        user_id: UserId,
        *,
        currency: str,
        today: date,
        categories: frozenset[str] | None = None,
    ) -> Charges:
        """Return what was spent, on some categories or all, and what of it comes back."""
        spent = self._movements.counted(user_id, _days(today))
        mine = tuple(
            one
            for one in spent
            if one.currency == currency and (categories is None or one.category in categories)
        )
        # As an account sees it: money out is negative.
        out = [replace(one, minor=-one.minor) for one in mine]
        return Charges(mine, recurring(out, today=today))

    def spending(self, charges: Charges, calendar: Calendar) -> Spending:
        """Return charges as months can be forecast from them."""
        return Spending(charges.rows, charges.recurring, calendar)

    def score_inputs(
        self, user_id: UserId, *, currency: str, today: date, calendar: Calendar
    ) -> Inputs:
        """Return what the score is worked out from."""
        days = _days(today)
        spent, income = (
            [
                one
                for one in self._movements.counted(user_id, days, flow)
                if one.currency == currency
            ]
            for flow in (Flow.SPEND, Flow.INCOME)
        )
        balances = self._accounts.balances(user_id)
        booked = self._movements.booked(user_id, days)
        cash = self._cash_of(user_id, balances, booked, currency, today)
        active = self._budgets.running(user_id, today)
        standing = self._budgets.standing(active, today=today, calendar=calendar)
        return inputs_of(Books(spent, income, booked), cash, standing, calendar=calendar)

    def seen(self, user_id: UserId, *, currency: str, today: date, calendar: Calendar) -> Seen:
        """Return what the feed and the alerts are made from."""
        cash = self.cash(user_id, currency=currency, today=today)
        spent = self.charges(user_id, currency=currency, today=today)
        try:
            ahead = cash.ahead(AHEAD_DAYS) if cash.balances else None
        except TooLittleHistory:
            ahead = None
        month = period_of(Grain.MONTH, today, calendar).to_date(today)
        now, then = (_by_category(spent.rows, one) for one in (month, month.previous()))
        return Seen(
            cash=cash,
            ahead=ahead,
            findings=unusual(spent.rows, explained=spent.recurring.explained),
            changes=contributions(now, then),
            spent=sum(one.minor for one in now.values()),
            month=month.start,
            charges=spent.rows,
        )


def _by_category(rows: Iterable[Movement], period: Period) -> dict[str, Amounts]:
    """Return what was spent on each category in a period, of rows that reach back to its start."""
    found: dict[str, Amounts] = {}
    for row in rows:
        if period.start <= row.on < period.end:
            before = found.get(row.category, NOTHING)
            found[row.category] = Amounts(row.category, before.minor + row.minor, before.rows + 1)
    return found


def _days(today: date) -> Period:
    return Period(today - LOOK_BACK, today + timedelta(days=1))
