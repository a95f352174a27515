"""A habit: how often something may be bought in a day, a week or a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId
from core.period import Calendar, Grain, Period, period_of

MOST_HABITS = 50
_OFTENEST = 200


class HabitOutOfRange(FinanceError):
    """A habit is counted from once on, up to ``high`` times."""

    code = "habit.out_of_range"


class HabitMoveRefused(FinanceError):
    """The habit cannot go from the state it is in to the one asked for."""

    code = "habit.move_refused"


class TooManyHabits(FinanceError):
    """The user has as many habits as we keep."""

    code = "habit.too_many"


class HabitCadence(StrEnum):
    """How often the count starts anew."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class HabitState(StrEnum):
    """Whether it is counted."""

    ACTIVE = "active"
    DELETED = "deleted"


HABIT_MOVES: Mapping[HabitState, frozenset[HabitState]] = {
    HabitState.ACTIVE: frozenset({HabitState.DELETED}),
    # Only undo brings a deleted habit back.
    HabitState.DELETED: frozenset({HabitState.ACTIVE}),
}
_GRAINS: Mapping[HabitCadence, Grain] = {
    HabitCadence.DAILY: Grain.DAY,
    HabitCadence.WEEKLY: Grain.WEEK,
    HabitCadence.MONTHLY: Grain.MONTH,
}


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit of one user; ``id`` 0 means that it is not stored yet.

    What is counted are purchases in ``category`` (a primary one covers all its detailed ones) or,
    where that is empty, at the payee ``merchant_key``, which ``name`` shows. ``most`` are allowed.
    """

    id: int
    user_id: UserId
    most: int
    cadence: HabitCadence
    category: str = ""
    merchant_key: str = ""
    name: str = ""
    state: HabitState = HabitState.ACTIVE

    def __post_init__(self) -> None:
        """Refuse a count that nobody keeps, and a habit of nothing."""
        if not 1 <= self.most <= _OFTENEST:
            raise HabitOutOfRange(low=1, high=_OFTENEST)
        if bool(self.category) is bool(self.merchant_key):
            raise ValueError("a habit is about a category or about a payee")

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"habit:{self.id}"


@dataclass(frozen=True, slots=True)
class HabitCount:
    """How often it was done in the period that holds ``today``."""

    habit: Habit
    period: Period
    times: int
    days_left: int

    @property
    def left(self) -> int:
        """How many more are allowed; below nothing when there were too many."""
        return self.habit.most - self.times


def habit_period(cadence: HabitCadence, today: date, calendar: Calendar) -> Period:
    """Return the day, week or month that holds ``today``, as the user divides time."""
    return period_of(_GRAINS[cadence], today, calendar)


def counted(habit: Habit, times: int, *, period: Period, today: date) -> HabitCount:
    """Return how a habit stands when it was done ``times`` in ``period``."""
    return HabitCount(habit, period, times, max((period.last_day - today).days, 0))


def move(habit: Habit, to: HabitState) -> Habit:
    """Return the habit in state ``to``; raise `HabitMoveRefused` when it cannot go there."""
    if to not in HABIT_MOVES[habit.state]:
        raise HabitMoveRefused(state=habit.state, to=to)
    return replace(habit, state=to)
