"""Habits and how often each was done: the same count for chat and alert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from core.budgets.habit import (
    MOST_HABITS,
    Habit,
    HabitCadence,
    HabitCount,
    HabitState,
    TooManyHabits,
    counted,
    habit_period,
    move,
)
from core.categories.cover import expand
from core.errors import FinanceError
from core.ids import UserId
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery
from core.period import Calendar, Period
from core.store.entry_queries import EntryQueries
from core.store.tables import plan as tables
from core.store.vault import Vault

_T = tables.habits
# Asked for in every round over all users: making it anew takes longer than running it.
_OF = (
    select(_T)
    .where(_T.c.user_id == bindparam("user"), _T.c.state == HabitState.ACTIVE.value)
    .order_by(_T.c.id)
)
# More purchases than anybody makes of one thing in a month: all of them are counted.
_MOST_ROWS = 5_000


class HabitUnknown(FinanceError):
    """The user has no such habit."""

    code = "habit.unknown"


class HabitStore:
    """Keeps habits and counts purchases."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._entries = EntryQueries(connection, vault)

    def of(self, user_id: UserId) -> tuple[Habit, ...]:
        """Return the user's habits that are counted, oldest first."""
        rows = self._connection.execute(_OF, {"user": user_id}).mappings()
        return tuple(_habit(row) for row in rows)

    def get(self, user_id: UserId, habit_id: int) -> Habit:
        """Return one habit of the user's in any state; raise `HabitUnknown`."""
        query = select(_T).where(_T.c.id == habit_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise HabitUnknown
        return _habit(row)

    def about(self, user_id: UserId, *, category: str, merchant_key: str) -> Habit | None:
        """Return the user's habit of exactly this category or payee, if there is one."""
        wanted = (category, merchant_key)
        return next(
            (one for one in self.of(user_id) if (one.category, one.merchant_key) == wanted), None
        )

    def add(self, habit: Habit, *, now: datetime) -> Habit:
        """Store a new habit and return it with its id; raise `TooManyHabits`."""
        if len(self.of(habit.user_id)) >= MOST_HABITS:
            raise TooManyHabits(limit=MOST_HABITS)
        result = self._connection.execute(
            insert(_T).values(
                user_id=habit.user_id,
                category=habit.category,
                merchant_key=habit.merchant_key,
                name=habit.name[:80],
                most=habit.most,
                cadence=habit.cadence.value,
                state=habit.state.value,
                created_at=now,
            )
        )
        return replace(habit, id=int(result.inserted_primary_key[0]))  # type: ignore[index]

    def set_terms(self, user_id: UserId, habit_id: int, most: int, cadence: HabitCadence) -> Habit:
        """Change how many are allowed and in which time; return the habit as it was."""
        before = self.get(user_id, habit_id)
        replace(before, most=most)  # refuses what cannot be
        self._connection.execute(
            update(_T).where(_T.c.id == habit_id).values(most=most, cadence=cadence.value)
        )
        return before

    def set_state(self, user_id: UserId, habit_id: int, state: HabitState) -> Habit:
        """Delete or bring back; return the habit as it was."""
        before = self.get(user_id, habit_id)
        move(before, state)
        self._connection.execute(update(_T).where(_T.c.id == habit_id).values(state=state.value))
        return before

    def standing(
        self, habits: Iterable[Habit], *, today: date, calendar: Calendar
    ) -> tuple[HabitCount, ...]:
        """Count how often each habit was done in its day, week or month."""
        found = []
        for one in habits:
            period = habit_period(one.cadence, today, calendar)
            found.append(counted(one, self.times(one, period), period=period, today=today))
        return tuple(found)

    def times(self, habit: Habit, period: Period) -> int:
        """Return how many purchases there were: money out, so that a refund is none."""
        query = EntryQuery(
            period=period,
            flow=Flow.SPEND,
            categories=frozenset(expand(habit.category)) if habit.category else None,
            merchant_key=habit.merchant_key or None,
            limit=_MOST_ROWS,
        )
        found = self._entries.find(habit.user_id, query)
        return sum(entry.amount.minor < 0 for entry in found)


def _habit(row: RowMapping) -> Habit:
    return Habit(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        most=row["most"],
        cadence=HabitCadence(row["cadence"]),
        category=row["category"],
        merchant_key=row["merchant_key"],
        name=row["name"],
        state=HabitState(row["state"]),
    )
