"""Habits: at most so many takeaways a week; how many it were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from core.alerts.habits import habit_alerts, habit_facts
from core.budgets.habit import Habit, HabitCadence, HabitCount, HabitState
from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, named, span
from core.period import Grain, Period, period_of
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Arguments, Tier, tool

_CADENCES: Mapping[str, HabitCadence] = {
    "day": HabitCadence.DAILY,
    "week": HabitCadence.WEEKLY,
    "month": HabitCadence.MONTHLY,
}


class NoHabitOf(FinanceError):
    """Nothing of this kind is counted."""

    code = "habit.none_of"


class SetHabit(Arguments):
    """What, how often, in which time."""

    category: str | None = Field(None, description="Category slug of what is bought")
    merchant: str | None = Field(None, description="Or one payee: name or key")
    most: int = Field(description="How many are allowed, like 3", ge=1, le=200)
    per: Literal["day", "week", "month"] = Field("week", description="In which time")


@tool(tier=Tier.REVERSIBLE, inverse=("habit_state", "habit_terms"))
def set_habit(arguments: SetHabit, work: ToolWork) -> Changed:
    """Count how often something is bought, and tell when it is as often as the user allows."""
    category, key, name = _about(arguments.category, arguments.merchant, work)
    cadence = _CADENCES[arguments.per]
    known = work.uow.habits.about(work.user_id, category=category, merchant_key=key)
    facts: tuple[Fact, ...] = ()
    if known is None:
        wanted = Habit(0, work.user_id, arguments.most, cadence, category, key, name)
        habit = work.uow.habits.add(wanted, now=work.now)
        undo = Inverse("habit_state", {"habit": habit.id, "state": HabitState.DELETED.value})
    else:
        work.uow.habits.set_terms(work.user_id, known.id, arguments.most, cadence)
        habit = work.uow.habits.get(work.user_id, known.id)
        terms = {"habit": known.id, "most": known.most, "cadence": known.cadence.value}
        undo = Inverse("habit_terms", terms)
        facts = (count("before", known.most),)
    standing = _standing(work, habit)
    _note_told(standing, work)
    shape = "set_habit.over" if standing.left < 0 else "set_habit.set"
    answer = Answer(shape, (*habit_facts(standing), *facts), choices=UNDO)
    return Changed(answer, (undo,))


class ShowHabits(Arguments):
    """Of what, and which days."""

    category: str | None = Field(None, description="Category slug; all habits when left out")
    merchant: str | None = Field(None, description="Or one payee: name or key")
    period: str | None = Field(None, description="Days in canonical form; this week when left out")


@tool()
def show_habits(arguments: ShowHabits, work: ToolWork) -> Answer:
    """Count how often something was bought, and how many more the user allows himself."""
    if arguments.category is None and arguments.merchant is None:
        return _all(work)
    category, key, name = _about(arguments.category, arguments.merchant, work)
    known = work.uow.habits.about(work.user_id, category=category, merchant_key=key)
    if known is not None:
        standing = _standing(work, known)
        if arguments.period in (None, standing.period.canonical()):
            shape = "show_habits.over" if standing.left < 0 else "show_habits.one"
            return Answer(shape, tuple(habit_facts(standing)))
    asked = Habit(0, work.user_id, 1, HabitCadence.WEEKLY, category, key, name)
    if arguments.period is None:
        return _lately(asked, category or name, work)
    period = _period(arguments.period, work)
    facts = (
        named("name", category or name),
        count("times", work.uow.habits.times(asked, period), label=period.canonical()),
        span("period", period),
    )
    return Answer("show_habits.count", facts)


def _lately(asked: Habit, shown: str, work: ToolWork) -> Answer:
    """Count over this month and the last: a week that has just begun would say little."""
    month = period_of(Grain.MONTH, work.today, work.preferences.calendar)
    this, last = month.to_date(work.today), month.previous()
    facts = (
        named("name", shown),
        count("times", work.uow.habits.times(asked, this), label=this.canonical()),
        span("period", this),
        count("before", work.uow.habits.times(asked, last), label=last.canonical()),
        span("earlier", last),
    )
    return Answer("show_habits.lately", facts)


def _all(work: ToolWork) -> Answer:
    habits = work.uow.habits.of(work.user_id)
    if not habits:
        return Answer("show_habits.none")
    calendar = work.preferences.calendar
    standing = work.uow.habits.standing(habits, today=work.today, calendar=calendar)
    lines = tuple(
        Line(
            tuple(habit_facts(one)),
            one.habit.handle,
            "show_habits.over_line" if one.left < 0 else "",
        )
        for one in standing
    )
    return Answer("show_habits.list", (count("found", len(lines)),), lines)


class HabitChoice(Arguments):
    """Which one."""

    category: str | None = Field(None, description="Category slug of what is counted")
    merchant: str | None = Field(None, description="Or its payee: name or key")


@tool(tier=Tier.REVERSIBLE, inverse=("habit_state",))
def delete_habit(arguments: HabitChoice, work: ToolWork) -> Changed:
    """Stop counting how often something is bought; entries stay."""
    if arguments.category is None and arguments.merchant is None:
        known = _only_one(work)
    else:
        category, key, name = _about(arguments.category, arguments.merchant, work)
        found = work.uow.habits.about(work.user_id, category=category, merchant_key=key)
        if found is None:
            raise NoHabitOf(category=category or name)
        known = found
    facts = tuple(habit_facts(_standing(work, known)))
    work.uow.habits.set_state(work.user_id, known.id, HabitState.DELETED)
    undo = Inverse("habit_state", {"habit": known.id, "state": known.state.value})
    return Changed(Answer("delete_habit.deleted", facts, choices=UNDO), (undo,))


def _only_one(work: ToolWork) -> Habit:
    habits = work.uow.habits.of(work.user_id)
    if len(habits) == 1:
        return habits[0]
    raise Unclear("category", phrase="ask.category")


def _about(category: str | None, merchant: str | None, work: ToolWork) -> tuple[str, str, str]:
    """Return the category, or the key and name of the payee, that is meant."""
    if category is not None:
        return names.one_category(category), "", ""
    if merchant is None:
        raise Unclear("category", phrase="ask.habit_of")
    key, name = names.merchant_key(work, merchant)
    return "", key, name


def _standing(work: ToolWork, habit: Habit) -> HabitCount:
    calendar = work.preferences.calendar
    return work.uow.habits.standing((habit,), today=work.today, calendar=calendar)[0]


def _note_told(standing: HabitCount, work: ToolWork) -> None:
    """Keep that what is said here was said, so that no alert says it again."""
    told = habit_alerts([standing], already=work.uow.alerts.keys(work.user_id))
    for alert in told:
        work.uow.alerts.keep_once(alert, now=work.now, ids=work.ids)


def _period(text: str | None, work: ToolWork) -> Period:
    if text is not None:
        return names.period(text)
    return period_of(Grain.WEEK, work.today, work.preferences.calendar)


def restore_state(work: ToolWork, *, habit: int, state: str) -> None:
    """Undo: count again, or not any more."""
    work.uow.habits.set_state(work.user_id, habit, HabitState(state))


def restore_terms(work: ToolWork, *, habit: int, most: int, cadence: str) -> None:
    """Undo: allow as many as before."""
    work.uow.habits.set_terms(work.user_id, habit, most, HabitCadence(cadence))
