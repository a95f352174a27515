"""Milestones of goals: a quarter, a half, three quarters, all of it; each told once for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from core.alerts.alert import Alert, AlertKind
from core.facts import Fact, money, named, percent
from core.goals.pace import MILESTONES, GoalProgress, milestones


def goal_alerts(standing: Iterable[GoalProgress], *, already: Collection[str]) -> tuple[Alert, ...]:
    """Return an alert for each goal that has newly passed a mark, only the highest of them.

    A mark below one that was told counts as told. The user can move the target or go on.
    """
    found = (_alert(one, already) for one in standing)
    return tuple(alert for alert in found if alert is not None)


def _alert(one: GoalProgress, already: Collection[str]) -> Alert | None:
    passed = milestones(one)
    told = max((mark for mark in MILESTONES if _key(one, mark) in already), default=0)
    if not passed or passed[-1] <= told:
        return None
    full = passed[-1] == MILESTONES[-1]
    return Alert(
        user_id=one.goal.user_id,
        kind=AlertKind.GOAL_REACHED if full else AlertKind.GOAL_MILESTONE,
        dedupe_key=_key(one, passed[-1]),
        subject=one.goal.handle,
        facts=tuple(_facts(one)),
    )


def _key(one: GoalProgress, mark: int) -> str:
    """Return the key of a mark; another target makes it another goal to reach."""
    return f"{one.goal.handle}:{one.goal.target.minor}:{mark}"


def _facts(one: GoalProgress) -> Iterator[Fact]:
    yield named("name", one.goal.name)
    yield money("saved", one.saved)
    yield money("target", one.goal.target)
    yield money("left", one.left)
    yield percent("reached", one.percent)
