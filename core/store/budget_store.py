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

from core.budgets import carry as carrying
from core.budgets.budget import Budget, BudgetState, Cadence, move, period_on
from core.budgets.carry import Carry
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

    def running(self, user_id: UserId, today: date) -> tuple[Budget, ...]:
        """Return the user's budgets that count today: active, begun and not over."""
        return tuple(item for item in self.of(user_id) if item.runs_on(today))

    def on(self, user_id: UserId, category: str, *, dated: bool | None = None) -> Budget | None:
        """Return the user's budget on exactly this category, if it is not deleted.

        One for a time only stands beside the one that goes on: ``dated`` says which is meant;
        when left out, the one for a time comes first.
        """
        found = [item for item in self.of(user_id) if item.category == category]
        if dated is not None:
            found = [item for item in found if item.is_dated is dated]
        return min(found, key=lambda item: (not item.is_dated, -item.id), default=None)

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
                ends_on=budget.ends_on,
                **_carry_values(budget.carry),
                created_at=now,
            )
        )
        return self.get(budget.user_id, int(result.inserted_primary_key[0]))  # type: ignore[index]

    def set_limit(
        self, user_id: UserId, budget_id: int, limit: Money, cadence: Cadence, carry: Carry | None
    ) -> Budget:
        """Change how much and how often, and how that is carried; return the budget as it was."""
        before = self.get(user_id, budget_id)
        self._connection.execute(
            update(_T)
            .where(_T.c.id == budget_id)
            .values(
                minor=limit.minor,
                currency=limit.currency,
                cadence=cadence.value,
                **_carry_values(carry),
            )
        )
        return before

    def set_days(
        self, user_id: UserId, budget_id: int, started_on: date, ends_on: date | None
    ) -> None:
        """Change from when to when a budget counts."""
        replace(self.get(user_id, budget_id), started_on=started_on, ends_on=ends_on)  # refuses
        self._connection.execute(
            update(_T).where(_T.c.id == budget_id).values(started_on=started_on, ends_on=ends_on)
        )

    def set_carry(self, user_id: UserId, budget_id: int, carry: Carry | None) -> Budget:
        """Begin to carry what is left, or stop; return the budget as it was."""
        before = self.get(user_id, budget_id)
        self._connection.execute(
            update(_T).where(_T.c.id == budget_id).values(**_carry_values(carry))
        )
        return before

    def carry_on(
        self, budget: Budget, limit: Money, cadence: Cadence, *, today: date, calendar: Calendar
    ) -> Carry | None:
        """Return how a budget's carry goes on when its limit and its cadence change today.

        With another cadence the periods do not fit: what was carried into the old period that
        holds the new one's first day stays, and all else begins with the new period. What was
        carried in another currency stays behind.
        """
        if budget.carry is None or cadence is Cadence.ONCE:
            return None
        changed = replace(budget, limit=limit, cadence=cadence)
        period = period_on(changed, today, calendar)
        if limit.currency != budget.limit.currency:
            return carrying.begun(period)
        if cadence is budget.cadence:
            return carrying.settled(budget.carry, budget.limit.minor, period, calendar)
        if period.start < budget.carry.since:
            return carrying.begun(period)
        old = period_on(budget, period.start, calendar)
        return carrying.begun(period, self._carried(budget, old, calendar))

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

    def covering(self, user_id: UserId, category: str, today: date) -> Budget | None:
        """Return the budget that counts today an entry in ``category`` belongs to.

        The narrowest comes first, and of two on one category that which is for a time only.
        """
        active = self.running(user_id, today)
        exact = [item for item in active if item.category == category]
        wide = [item for item in active if category in expand(item.category)]
        return min(exact or wide, key=lambda item: (not item.is_dated, item.id), default=None)

    def _progress(self, budget: Budget, today: date, calendar: Calendar) -> Progress:
        period = period_on(budget, today, calendar)
        allowed = budget.limit.minor + self._covered(budget, period)
        # A limit that was lowered after a cover still leaves something to measure by.
        limit = Money(max(allowed, 1), budget.limit.currency)
        carried = 0
        if budget.carry is not None:
            # Where what was given away is more than the limit, the rest is owed as if carried.
            carried = self._carried(budget, period, calendar) + allowed - limit.minor
        return progress(
            replace(budget, limit=limit),
            spent=Money(self._spent(budget, period), limit.currency),
            period=period,
            today=today,
            carried=Money(carried, limit.currency),
        )

    def _carried(self, budget: Budget, period: Period, calendar: Calendar) -> int:
        """Return what came into a period: all limits and covers before it, less spending."""
        carry = budget.carry
        if carry is None or period.start < carry.since:
            return 0
        granted = carrying.granted_before(carry, budget.limit.minor, period, calendar)
        if period.start == carry.since:
            return granted
        before = Period(carry.since, period.start)
        return granted + self._covered(budget, before) - self._spent(budget, before)

    def _spent(self, budget: Budget, period: Period) -> int:
        query = EntryQuery(
            period=period,
            flow=Flow.SPEND,
            categories=frozenset(expand(budget.category)),
            currency=budget.limit.currency,
        )
        return sum(item.minor for item in self._entries.totals(budget.user_id, query))

    def _covered(self, budget: Budget, period: Period) -> int:
        """Return what was moved to a budget in a period, less what was moved from it."""
        asked = {
            "user": budget.user_id,
            "budget": budget.id,
            "since": period.start,
            "before": period.end,
        }
        return int(self._connection.execute(_COVERED, asked).scalar_one())


def _carry_values(carry: Carry | None) -> dict[str, object]:
    if carry is None:
        return {"carry_since": None, "limit_since": None, "granted_minor": 0}
    return {
        "carry_since": carry.since,
        "limit_since": carry.limit_since,
        "granted_minor": carry.granted,
    }


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
        carry=_carry(row),
        ends_on=row["ends_on"],
    )


def _carry(row: RowMapping) -> Carry | None:
    if row["carry_since"] is None:
        return None
    return Carry(row["carry_since"], row["limit_since"], row["granted_minor"])
