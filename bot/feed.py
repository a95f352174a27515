"""A user's calendar: bills, subscriptions, pay and the days of goals, as any program reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.app import App
from core.bills.standing import Due, DueState
from core.connect.bank_days import bank_days
from core.facts import Answer, Fact, day, money, named
from core.goals.pace import GoalProgress
from core.ids import UserId
from core.schedules.ics import DayEvent, day_calendar, day_stamp
from prompts.compose import compose
from prompts.figures import Style
from prompts.phrasebook import Phrasebook

# What is over stays in sight for a while, and a yearly bill has to be in it.
_BACK = timedelta(days=30)
_AHEAD = timedelta(days=400)
_SHAPES = {
    DueState.PAID: "paid",
    DueState.LATE: "late",
}


def calendar_of(app: App, user_id: UserId) -> str:
    """Return the user's calendar, in his language, as it is true today.

    The same day and the same books give the same text.
    """
    with app.database.reading() as uow:
        user = uow.users.get(user_id)
        wishes = user.preferences
        today = wishes.today(app.clock.now())
        dues = uow.bills.dues(
            user_id, today=today, last=today + _AHEAD, is_bank_day=bank_days(wishes.country)
        )
        goals = uow.goals.standing(user_id, today=today)
    style = Style(wishes.locale, wishes.zone, today)
    writer = _Writer(app.phrasebook(wishes.language), style)
    shown = (one for one in dues if one.on >= today - _BACK and one.state is not DueState.SKIPPED)
    events = (*(writer.due(one) for one in shown), *writer.goals(goals))
    return day_calendar(
        events,
        owner=str(user_id),
        name=writer.write("calendar.name"),
        stamp=day_stamp(today, wishes.zone),
        language=wishes.language,
    )


class _Writer:
    """Writes events in the words of one reader."""

    def __init__(self, book: Phrasebook, style: Style) -> None:
        self._book = book
        self._style = style

    def due(self, one: Due) -> DayEvent:
        """Write one due day; its key is that of the day agreed, wherever a holiday moves it."""
        facts: tuple[Fact, ...] = (
            named("name", one.expected.name),
            money("amount", one.amount),
        )
        notes = ""
        if one.due != one.on:
            notes = self.write("calendar.moved", (day("due", one.due),))
        return DayEvent(one.key, one.on, self.write(f"calendar.{_shape(one)}", facts), notes)

    def goals(self, standing: tuple[GoalProgress, ...]) -> Iterator[DayEvent]:
        """Write the days by which goals shall be reached."""
        for one in standing:
            if one.goal.by is None:
                continue
            facts = (
                named("name", one.goal.name),
                money("saved", one.saved),
                money("target", one.goal.target),
            )
            yield DayEvent(one.goal.handle, one.goal.by, self.write("calendar.goal", facts))

    def write(self, shape: str, facts: tuple[Fact, ...] = ()) -> str:
        """Write one phrase, its figures from facts."""
        return compose(Answer(shape, facts), self._book, self._style).text


def _shape(one: Due) -> str:
    """Return the phrase of a due day: what became of it, or what it is."""
    if one.state in _SHAPES:
        kind = _SHAPES[one.state]
        return f"pay_{kind}" if one.expected.inflow else kind
    if one.expected.inflow:
        return "pay"
    if one.expected.trial:
        return "trial"
    return "about" if one.expected.varies else "bill"
