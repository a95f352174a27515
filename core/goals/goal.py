"""A goal: an amount to be saved, by a day or not, kept as an envelope or as a whole account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money

MOST_GOALS = 50


class GoalTargetTooLow(FinanceError):
    """A goal needs a target above nothing."""

    code = "goal.target_too_low"


class GoalMoveRefused(FinanceError):
    """The goal cannot go from the state it is in to the one asked for."""

    code = "goal.move_refused"


class GoalDayPast(FinanceError):
    """The day by which it shall be saved has gone."""

    code = "goal.day_past"


class TooManyGoals(FinanceError):
    """The user has as many goals as we keep."""

    code = "goal.too_many"


class GoalState(StrEnum):
    """Whether a goal counts."""

    ACTIVE = "active"
    DELETED = "deleted"


GOAL_MOVES: Mapping[GoalState, frozenset[GoalState]] = {
    GoalState.ACTIVE: frozenset({GoalState.DELETED}),
    # Only undo brings a deleted goal back.
    GoalState.DELETED: frozenset({GoalState.ACTIVE}),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of one user; ``id`` 0 means that it is not stored yet.

    With ``account_id`` it counts all that is in that account, which no other goal may then
    count. Without, it is an envelope: money put aside for it out of what the user has, in
    name only. ``by`` is the day by which the target shall be reached.
    """

    id: int
    user_id: UserId
    name: str
    target: Money
    started_on: date
    by: date | None = None
    account_id: AccountId | None = None
    state: GoalState = GoalState.ACTIVE

    def __post_init__(self) -> None:
        """Refuse a target that is reached with nothing."""
        if self.target.minor <= 0:
            raise GoalTargetTooLow(name=self.name)

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"goal:{self.id}"

    @property
    def follows(self) -> bool:
        """Whether it counts a whole account and not what was put aside by name."""
        return self.account_id is not None


def move(goal: Goal, to: GoalState) -> Goal:
    """Return the goal in state ``to``; raise `GoalMoveRefused` when it cannot go there."""
    if to not in GOAL_MOVES[goal.state]:
        raise GoalMoveRefused(state=goal.state, to=to)
    return replace(goal, state=to)
