"""Budgets, and how each is doing: the figures behind chat, alert and report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import (
    Connection,
    RowMapping,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from core.budgets.budget import Budget, BudgetState, Cadence, move, period_on
from core.budgets.progress import Progress, progress
from core.categories.cover import expand
from core.errors import FinanceError
from core.ids import UserId
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery
from core.money import Money
from core.period import Calendar, Period
from core.store.entry_queries import EntryQueries
from core.store.tables import plan as tables
from core.store.vault import Vault

_T, _C = tables.budgets, tables.budget_covers
# Asked for in every round over all users: making it anew takes longer than running it.
_OF = (
    select(_T)
    .where(_T.c.user_id == bindparam("user"), _T.c.state != BudgetState.DELETED.value)
    .order_by(_T.c.id)
)
_COVERED = select(
    func.coalesce(
        func.sum(case((_C.c.to_budget == bindparam("budget"), _C.c.minor), else_=-_C.c.minor)), 0
    )
).where(
    _C.c.user_id == bindparam("user"),
    or_(_C.c.to_budget == bindparam("budget"), _C.c.from_budget == bindparam("budget")),
    _C.c.covered_on >= bindparam("since"),
    _C.c.covered_on < bindparam("before"),
)


class BudgetUnknown(FinanceError):
    """The user has no such budget."""

    code = "budget.unknown"


class BudgetStore:
    """Keeps budgets and reads how they stand."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._entries = EntryQueries(connection, vault)

    def of(self, user_id: UserId) -> tuple[Budget, ...]:
        """Return the user's budgets that are not deleted, oldest first."""
        rows = self._connection.execute(_OF, {"user": user_id}).mappings()
        return tuple(_budget(row) for row in rows)

    def get(self, user_id: UserId, budget_id: int) -> Budget:
        """Return one budget of the user's in any state; raise `BudgetUnknown`."""
        query = select(_T).where(_T.c.id == budget_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise BudgetUnknown
        return _budget(row)

    def on(self, user_id: UserId, category: str) -> Budget | None:
        """Return the user's budget on exactly this category, if it is not deleted."""
        return next((item for item in self.of(user_id) if item.category == category), None)

    def add(self, budget: Budget, *, now: datetime) -> Budget:
        """Store a new budget and return it with its id."""
        result = self._connection.execute(
            insert(_T).values(
                user_id=budget.user_id,
                category=budget.category,
                minor=budget.limit.minor,
                currency=budget.limit.currency,
                cadence=budget.cadence.value,
                warn_percent=budget.warn_percent,
                state=budget.state.value,
                started_on=budget.started_on,
                created_at=now,
            )
        )
        return self.get(budget.user_id, int(result.inserted_primary_key[0]))  # type: ignore[index]

    def set_limit(self, user_id: UserId, budget_id: int, limit: Money, cadence: Cadence) -> Budget:
        """Change how much and how often; return the budget as it was."""
        before = self.get(user_id, budget_id)
        self._connection.execute(
            update(_T)
            .where(_T.c.id == budget_id)
            .values(minor=limit.minor, currency=limit.currency, cadence=cadence.value)
        )
        return before

    def set_state(self, user_id: UserId, budget_id: int, state: BudgetState) -> Budget:
        """Pause, resume, delete or bring back; return the budget as it was."""
        before = self.get(user_id, budget_id)
        move(before, state)
        self._connection.execute(update(_T).where(_T.c.id == budget_id).values(state=state.value))
        return before

    def set_warning(self, user_id: UserId, budget_id: int, percent: int) -> Budget:
        """Change at which per cent to warn; return the budget as it was."""
        before = self.get(user_id, budget_id)
        replace(before, warn_percent=percent)  # refuses what cannot be
        self._connection.execute(
            update(_T).where(_T.c.id == budget_id).values(warn_percent=percent)
        )
        return before

    def cover(
        self, source: Budget, target: Budget, amount: Money, *, on: date, now: datetime
    ) -> int:
        """Move room from one budget to another in the periods that hold ``on``."""
        result = self._connection.execute(
            insert(_C).values(
                user_id=source.user_id,
                from_budget=source.id,
                to_budget=target.id,
                minor=amount.minor,
                covered_on=on,
                created_at=now,
            )
        )
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def uncover(self, user_id: UserId, cover: int) -> None:
        """Take one move of room back."""
        self._connection.execute(delete(_C).where(_C.c.id == cover, _C.c.user_id == user_id))

    def standing(
        self, budgets: Sequence[Budget], *, today: date, calendar: Calendar
    ) -> tuple[Progress, ...]:
        """Work out how budgets are doing today, each in its own period."""
        return tuple(self._progress(item, today, calendar) for item in budgets)

    def covering(self, user_id: UserId, category: str) -> Budget | None:
        """Return the active budget an entry in ``category`` counts in, the narrowest first."""
        active = [item for item in self.of(user_id) if item.state is BudgetState.ACTIVE]
        exact = [item for item in active if item.category == category]
        wide = [item for item in active if category in expand(item.category)]
        return next(iter(exact or wide), None)

    def _progress(self, budget: Budget, today: date, calendar: Calendar) -> Progress:
        period = period_on(budget, today, calendar)
        budget = self._with_covers(budget, period)
        query = EntryQuery(
            period=period,
            flow=Flow.SPEND,
            categories=frozenset(expand(budget.category)),
            currency=budget.limit.currency,
        )
        sums = self._entries.totals(budget.user_id, query)
        spent = Money(sum(item.minor for item in sums), budget.limit.currency)
        return progress(budget, spent=spent, period=period, today=today)

    def _with_covers(self, budget: Budget, period: Period) -> Budget:
        """Return the budget with the limit it has in a period: what was moved to and from it."""
        asked = {
            "user": budget.user_id,
            "budget": budget.id,
            "since": period.start,
            "before": period.end,
        }
        minor = int(self._connection.execute(_COVERED, asked).scalar_one())
        if not minor:
            return budget
        # A limit that was lowered after the move still leaves something to measure by.
        limit = Money(max(budget.limit.minor + minor, 1), budget.limit.currency)
        return replace(budget, limit=limit)


def _budget(row: RowMapping) -> Budget:
    return Budget(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        category=row["category"],
        limit=Money(row["minor"], row["currency"]),
        cadence=Cadence(row["cadence"]),
        state=BudgetState(row["state"]),
        started_on=row["started_on"],
        warn_percent=row["warn_percent"],
    )
