"""Habits that have reached their count, or gone over it: each told once in a period.

The user can leave it at that for the rest of the week, or change the number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from core.alerts.alert import Alert, AlertKind
from core.budgets.habit import HabitCount
from core.facts import Fact, FactKind, count, named, span

_FULL, _OVER = "full", "over"


def habit_alerts(standing: Iterable[HabitCount], *, already: Collection[str]) -> tuple[Alert, ...]:
    """Return an alert for each habit that has newly used up its count or gone over it.

    When both were passed at once, only the higher is said; "used up" after "over" is none.
    """
    found = (_alert(one, already) for one in standing)
    return tuple(alert for alert in found if alert is not None)


def _alert(one: HabitCount, already: Collection[str]) -> Alert | None:
    if one.left > 0:
        return None
    mark = _OVER if one.left < 0 else _FULL
    told = {name for name in (_FULL, _OVER) if habit_key(one, name) in already}
    if mark in told or _OVER in told:
        return None
    return Alert(
        user_id=one.habit.user_id,
        kind=AlertKind.HABIT_OVER if mark == _OVER else AlertKind.HABIT_FULL,
        dedupe_key=habit_key(one, mark),
        subject=one.habit.handle,
        facts=tuple(habit_facts(one)),
    )


def habit_key(one: HabitCount, mark: str) -> str:
    """Return the key of a habit's mark in its period, whatever its number is changed to."""
    return f"{one.habit.handle}:{one.period.start.isoformat()}:{mark}"


def habit_facts(one: HabitCount) -> Iterator[Fact]:
    """Return the facts every phrase about a habit uses."""
    if one.habit.category:
        yield named("name", one.habit.category)
    else:
        yield named("name", one.habit.name)
    yield count("times", one.times, label=one.period.canonical())
    yield count("most", one.habit.most)
    yield named("cadence", f"cadence_{one.habit.cadence.value}")
    yield span("period", one.period)
    if one.left < 0:
        yield count("over", -one.left)
    else:
        yield count("left", one.left)
    if one.days_left:
        yield Fact("days", FactKind.DURATION, one.days_left)
