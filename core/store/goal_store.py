"""Goals, what was put aside for them, and how they stand."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from core.errors import FinanceError
from core.goals.claims import check_account
from core.goals.goal import MOST_GOALS, Goal, GoalState, TooManyGoals, move
from core.goals.pace import MONTHS_LOOKED_AT, GoalProgress, goal_progress
from core.ids import AccountId, UserId
from core.ledger.account import Balance
from core.money import Money
from core.period import months_later
from core.store.account_store import AccountStore
from core.store.entry_queries import EntryQueries
from core.store.tables import plan as tables
from core.store.vault import Vault

_T, _M = tables.goals, tables.goal_moves
# Asked for in every round over all users: making it anew takes longer than running it.
_OF = (
    select(_T)
    .where(_T.c.user_id == bindparam("user"), _T.c.state == GoalState.ACTIVE.value)
    .order_by(_T.c.id)
)


class GoalUnknown(FinanceError):
    """The user has no such goal."""

    code = "goal.unknown"


class GoalStore:
    """Keeps goals and reads how they stand: one query for chat and alert."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def of(self, user_id: UserId) -> tuple[Goal, ...]:
        """Return the user's goals that are not deleted, oldest first."""
        rows = self._connection.execute(_OF, {"user": user_id}).mappings()
        return tuple(_goal(row) for row in rows)

    def get(self, user_id: UserId, goal_id: int) -> Goal:
        """Return one goal of the user's in any state; raise `GoalUnknown`."""
        query = select(_T).where(_T.c.id == goal_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise GoalUnknown
        return _goal(row)

    def add(self, goal: Goal, *, now: datetime) -> Goal:
        """Store a new goal and return it with its id."""
        present = self.of(goal.user_id)
        if len(present) >= MOST_GOALS:
            raise TooManyGoals(limit=MOST_GOALS)
        check_account(goal, present)
        result = self._connection.execute(insert(_T).values(**_values(goal), created_at=now))
        return replace(goal, id=int(result.inserted_primary_key[0]))  # type: ignore[index]

    def save(self, goal: Goal) -> None:
        """Write what changed about a goal; raise `AccountTaken` when its account is another's."""
        if goal.state is GoalState.ACTIVE:
            check_account(goal, self.of(goal.user_id))
        self._connection.execute(
            update(_T)
            .where(_T.c.id == goal.id, _T.c.user_id == goal.user_id)
            .values(**_values(goal))
        )

    def set_state(self, user_id: UserId, goal_id: int, state: GoalState) -> Goal:
        """Delete or bring back; return the goal as it was."""
        before = self.get(user_id, goal_id)
        self.save(move(before, state))
        return before

    def put(self, user_id: UserId, goal_id: int, amount: Money, on: date, *, now: datetime) -> int:
        """Put money aside for an envelope (or, negative, take it out); return the move's id."""
        result = self._connection.execute(
            insert(_M).values(
                user_id=user_id,
                goal_id=goal_id,
                minor=amount.minor,
                currency=amount.currency,
                moved_on=on,
                created_at=now,
            )
        )
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def take_back(self, user_id: UserId, move_id: int) -> None:
        """Forget one move, as if it had not been made."""
        self._connection.execute(delete(_M).where(_M.c.id == move_id, _M.c.user_id == user_id))

    def saved(
        self, user_id: UserId, goals: Sequence[Goal], balances: Sequence[Balance]
    ) -> Mapping[int, Money]:
        """Return what each goal holds: its envelope, or all of the account that it follows."""
        query = (
            select(_M.c.goal_id, func.sum(_M.c.minor))
            .where(_M.c.user_id == user_id)
            .group_by(_M.c.goal_id)
        )
        aside = {row[0]: int(row[1]) for row in self._connection.execute(query)}
        there = {one.account.id: max(one.available.minor, 0) for one in balances}
        return {
            goal.id: Money(
                there.get(goal.account_id, 0) if goal.account_id else aside.get(goal.id, 0),
                goal.target.currency,
            )
            for goal in goals
        }

    def standing(self, user_id: UserId, *, today: date) -> tuple[GoalProgress, ...]:
        """Return how all goals stand, oldest first."""
        goals = self.of(user_id)
        if not goals:
            return ()
        balances = AccountStore(self._connection, self._vault).balances(user_id)
        saved = self.saved(user_id, goals, balances)
        return tuple(
            goal_progress(
                goal,
                saved=saved[goal.id],
                by_month=self._by_month(goal, today),
                today=today,
            )
            for goal in goals
        )

    def _by_month(self, goal: Goal, today: date) -> list[Money]:
        """Return what each of the last full months added to a goal, oldest first."""
        this = today.replace(day=1)
        firsts = [months_later(this, -back) for back in range(MONTHS_LOOKED_AT, -1, -1)]
        if goal.account_id is None:
            return self._put_by_month(goal, firsts)
        entries = EntryQueries(self._connection, self._vault)
        ends = [
            entries.balance_on(goal.user_id, goal.account_id, first - timedelta(days=1))
            for first in firsts
        ]
        return [after - before for before, after in itertools.pairwise(ends)]

    def _put_by_month(self, goal: Goal, firsts: Sequence[date]) -> list[Money]:
        months = [
            (first, end)
            for first, end in itertools.pairwise(firsts)
            if first >= goal.started_on.replace(day=1)
        ]
        query = select(_M.c.moved_on, _M.c.minor).where(
            _M.c.user_id == goal.user_id, _M.c.goal_id == goal.id
        )
        moves = self._connection.execute(query).all()
        return [
            Money(sum(m for on, m in moves if first <= on < end), goal.target.currency)
            for first, end in months
        ]


def _values(goal: Goal) -> dict[str, Any]:
    return {
        "user_id": goal.user_id,
        "name": goal.name,
        "minor": goal.target.minor,
        "currency": goal.target.currency,
        "started_on": goal.started_on,
        "by_date": goal.by,
        "account_id": goal.account_id,
        "state": goal.state.value,
    }


def _goal(row: RowMapping) -> Goal:
    account = row["account_id"]
    return Goal(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        name=row["name"],
        target=Money(row["minor"], row["currency"]),
        started_on=row["started_on"],
        by=row["by_date"],
        account_id=None if account is None else AccountId(account),
        state=GoalState(row["state"]),
    )
