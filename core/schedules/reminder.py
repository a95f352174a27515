"""Reminders in the user's own words: at a time on his clock, once or again and again.

What is kept is the day and the time as clocks there show them; the moment follows from the zone.
So a reminder stays at six in the evening when clocks are changed or the user moves.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from core.errors import FinanceError
from core.ids import UserId
from core.period import zone_of

LONGEST_TEXT = 120
MOST_REMINDERS = 50
_FARTHEST = timedelta(days=366 * 10)
# Later than that it is said that it comes late, and when it was meant to come.
LATE = timedelta(minutes=15)


class ReminderUnknown(FinanceError):
    """The user has no such reminder."""

    code = "reminder.unknown"


class ReminderPast(FinanceError):
    """That moment is over."""

    code = "reminder.past"


class ReminderTooFar(FinanceError):
    """Nobody keeps a reminder for so long."""

    code = "reminder.too_far"


class TooManyOpen(FinanceError):
    """The user has as many reminders as can be kept."""

    code = "reminder.too_many"


class ReminderMoveRefused(FinanceError):
    """The reminder cannot go from the state it is in to the one asked for."""

    code = "reminder.move_refused"


class Every(StrEnum):
    """How often it comes; the value is the key of its word."""

    ONCE = "once"
    DAY = "day"
    WEEKDAY = "weekday"
    WEEK = "week"
    FORTNIGHT = "2weeks"
    MONTH = "month"
    YEAR = "year"


class ReminderState(StrEnum):
    """Whether it still comes."""

    ACTIVE = "active"
    DONE = "done"
    DELETED = "deleted"


REMINDER_MOVES: Mapping[ReminderState, frozenset[ReminderState]] = {
    ReminderState.ACTIVE: frozenset({ReminderState.DONE, ReminderState.DELETED}),
    ReminderState.DONE: frozenset(),
    ReminderState.DELETED: frozenset({ReminderState.ACTIVE}),
}
# How late one of a row is still worth sending; what comes once always is.
_USEFUL: Mapping[Every, timedelta] = {
    Every.DAY: timedelta(hours=12),
    Every.WEEKDAY: timedelta(hours=12),
    Every.WEEK: timedelta(days=3),
    Every.FORTNIGHT: timedelta(days=3),
    Every.MONTH: timedelta(days=7),
    Every.YEAR: timedelta(days=14),
}


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder; ``id`` is empty until it is stored.

    ``day`` and ``clock`` are when it comes next as clocks in the user's zone show it, ``due_at``
    the same as a moment. Without a ``clock`` it is a moment only ("in two hours"). ``anchor`` is
    the day of the month that is meant, which a short month clamps.
    """

    user_id: UserId
    text: str
    day: date
    clock: time | None
    due_at: datetime
    every: Every = Every.ONCE
    anchor: int = 0
    state: ReminderState = ReminderState.ACTIVE
    alert_id: str = ""  # an alert that is told again, whose name the text is
    id: str = ""

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"reminder:{self.id}"


def at_clock(day: date, clock: time, zone: str) -> datetime:
    """Return the UTC moment at which clocks in ``zone`` show ``clock`` on ``day``.

    A time that the clocks skip is as much later as they jump; one that comes twice is the first.
    """
    return datetime.combine(day, clock, zone_of(zone)).astimezone(UTC)


def in_time(moment: datetime, *, now: datetime) -> datetime:
    """Return a moment that lies ahead and not too far; raise what is wrong with it."""
    if moment <= now:
        raise ReminderPast
    if moment - now > _FARTHEST:
        raise ReminderTooFar
    return moment


def next_day(day: date, every: Every, anchor: int) -> date | None:
    """Return the day after ``day`` on which it comes again; nothing for what comes once."""
    match every:
        case Every.ONCE:
            return None
        case Every.DAY:
            return day + timedelta(days=1)
        case Every.WEEKDAY:
            return day + timedelta(days=max(1, 7 - day.weekday()) if day.weekday() > 3 else 1)
        case Every.WEEK:
            return day + timedelta(days=7)
        case Every.FORTNIGHT:
            return day + timedelta(days=14)
        case Every.MONTH:
            return _clamped(day.year + day.month // 12, day.month % 12 + 1, anchor or day.day)
        case Every.YEAR:
            return _clamped(day.year + 1, day.month, anchor or day.day)


def first_day(day: date, every: Every) -> date:
    """Return the first day on or after ``day`` that fits: of workdays the next one."""
    while every is Every.WEEKDAY and day.weekday() > 4:
        day += timedelta(days=1)
    return day


def come(reminder: Reminder, *, now: datetime, zone: str) -> tuple[datetime | None, Reminder]:
    """Return the due time to tell now, if it is still worth it, and the reminder as it goes on.

    Times that were missed melt into the last of them.
    """
    told, following = reminder, _following(reminder, zone)
    while following is not None and following.due_at <= now:
        told, following = following, _following(following, zone)
    after = following if following is not None else _over(reminder)
    useful = _USEFUL.get(reminder.every)
    is_worth_it = useful is None or now - told.due_at <= useful
    return told.due_at if is_worth_it else None, after


def moved(reminder: Reminder, zone: str) -> Reminder:
    """Return a reminder at the same time on the clocks of another zone."""
    if reminder.clock is None:
        return reminder
    return replace(reminder, due_at=at_clock(reminder.day, reminder.clock, zone))


def move(reminder: Reminder, to: ReminderState) -> Reminder:
    """Return the reminder in state ``to``; raise `ReminderMoveRefused` when it cannot go there."""
    if to not in REMINDER_MOVES[reminder.state]:
        raise ReminderMoveRefused(state=reminder.state, to=to)
    return replace(reminder, state=to)


def _following(reminder: Reminder, zone: str) -> Reminder | None:
    day = next_day(reminder.day, reminder.every, reminder.anchor)
    if day is None or reminder.clock is None:
        return None
    return replace(reminder, day=day, due_at=at_clock(day, reminder.clock, zone))


def _over(reminder: Reminder) -> Reminder:
    return move(reminder, ReminderState.DONE)


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
