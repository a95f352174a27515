"""Reminders in the user's own words: to be told something at a time that he names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz

from core.alerts.alert import Alert
from core.alerts.attention import names_of
from core.conversation.plan import Option
from core.facts import Answer, Fact, Line, day, named
from core.schedules.reminder import (
    LONGEST_TEXT,
    Every,
    Reminder,
    ReminderState,
    ReminderUnknown,
    at_clock,
    first_day,
    in_time,
    next_day,
)
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Arguments, Tier, tool

# A day without a time is told at this hour, where the user has no hour for his daily line.
_MORNING = 9
_EVENING = time(18)
_CLOSE = 80
_LATELY = timedelta(hours=24)


class AddReminder(Arguments):
    """Of what, and when."""

    what: str | None = Field(
        None,
        description="What to remind of, in the user's words; the newest alert when left out",
        min_length=1,
        max_length=LONGEST_TEXT,
    )
    day: date | None = Field(None, description="The day, YYYY-MM-DD; when it comes first if often")
    time: str | None = Field(
        None,
        description="The time on the user's clock, HH:MM",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
    )
    minutes: int | None = Field(
        None, description="So many minutes from now, instead of day and time", ge=1, le=527_040
    )
    every: Literal["day", "weekday", "week", "2weeks", "month", "year"] | None = Field(
        None, description="How often it comes again; once when left out"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("reminder_state",))
def add_reminder(arguments: AddReminder, work: ToolWork) -> Changed:
    """Remind the user of anything at a time he names, once or again and again.

    Use set_reminders for how many days before bills he is reminded.
    """
    wanted = _from_now(arguments, work) if arguments.minutes else _at_clock(arguments, work)
    in_time(wanted.due_at, now=work.now)
    if arguments.what is None:
        wanted = _of_newest_alert(wanted, work)
    kept = work.uow.reminders.add(wanted, now=work.now, ids=work.ids)
    undo = Inverse("reminder_state", {"reminder": kept.id, "state": ReminderState.DELETED.value})
    shape = "set" if kept.every is Every.ONCE else "often"
    answer = Answer(f"add_reminder.{shape}", facts_of(kept), choices=UNDO, subjects=(kept.handle,))
    return Changed(answer, (undo,))


def _from_now(arguments: AddReminder, work: ToolWork) -> Reminder:
    due = work.now + timedelta(minutes=arguments.minutes or 0)
    return Reminder(
        user_id=work.user_id,
        text=(arguments.what or "").strip(),
        day=work.preferences.today(due),
        clock=None,
        due_at=due,
    )


def _at_clock(arguments: AddReminder, work: ToolWork) -> Reminder:
    every = Every(arguments.every) if arguments.every else Every.ONCE
    clock = time.fromisoformat(arguments.time) if arguments.time else None
    on, clock = moment_meant(arguments.day, clock, every, work)
    return Reminder(
        user_id=work.user_id,
        text=(arguments.what or "").strip(),
        day=on,
        clock=clock,
        due_at=at_clock(on, clock, work.preferences.zone),
        every=every,
        anchor=on.day if arguments.day is not None else 0,
    )


def moment_meant(
    on: date | None, clock: time | None, every: Every, work: ToolWork
) -> tuple[date, time]:
    """Return day and time: the next that fits where one of them was left open."""
    zone = work.preferences.zone
    if clock is None:
        clock = time(work.preferences.summary_hour or _MORNING)
        if on == work.today and at_clock(on, clock, zone) <= work.now:
            clock = _EVENING
    if on is None:
        on = work.today if at_clock(work.today, clock, zone) > work.now else _tomorrow(work)
    on = first_day(on, every)
    while every is not Every.ONCE and at_clock(on, clock, zone) <= work.now:
        following = next_day(on, every, on.day)
        assert following is not None
        on = following
    return on, clock


def _tomorrow(work: ToolWork) -> date:
    return work.today + timedelta(days=1)


def newest_alert(work: ToolWork) -> Alert | None:
    """Return the alert of the last day that "this" means, if there is one."""
    last = next(iter(work.uow.alerts.last_told(work.user_id, 1)), None)
    if last is None or last.told_at is None or work.now - last.told_at > _LATELY:
        return None
    return last


def told_again(alert: Alert, wanted: Reminder) -> Reminder:
    """Return a reminder that tells an alert again, called after what that is about."""
    name = next(iter(names_of(alert)), str(alert.kind))
    return replace(wanted, text=name, alert_id=alert.id)


def _of_newest_alert(wanted: Reminder, work: ToolWork) -> Reminder:
    last = newest_alert(work)
    if last is None:
        raise Unclear("what", phrase="ask.reminder_of")
    return told_again(last, wanted)


def facts_of(reminder: Reminder) -> tuple[Fact, ...]:
    """Return what is said of a reminder: its words, when it comes next, and how often."""
    facts: tuple[Fact, ...] = (named("task", reminder.text), day("due", reminder.due_at))
    if reminder.every is not Every.ONCE:
        facts += (named("every", f"every_{reminder.every}"),)
    return facts


def reminder_lines(work: ToolWork) -> tuple[Line, ...]:
    """Return the user's reminders that still come, the next one first."""
    return tuple(
        Line(
            facts_of(one),
            one.handle,
            "show_reminders.free_line" if one.every is Every.ONCE else "show_reminders.every_line",
        )
        for one in work.uow.reminders.of(work.user_id)
    )


class DeleteReminder(Arguments):
    """Which one."""

    which: str | None = Field(
        None,
        description="Its number in the list, or words of it; 'all' for every one",
        max_length=80,
    )


@tool(tier=Tier.REVERSIBLE, inverse=("reminder_state",))
def delete_reminder(arguments: DeleteReminder, work: ToolWork) -> Changed:
    """Delete one of the user's own reminders, or all of them."""
    meant = _meant(arguments.which, work)
    undo = []
    for one in meant:
        work.uow.reminders.set_state(work.user_id, one.id, ReminderState.DELETED)
        state = {"reminder": one.id, "state": ReminderState.ACTIVE.value}
        undo.append(Inverse("reminder_state", state))
    shape = "one" if len(meant) == 1 else "all"
    return Changed(
        Answer(f"delete_reminder.{shape}", facts_of(meant[0]), choices=UNDO), tuple(undo)
    )


def _meant(words: str | None, work: ToolWork) -> tuple[Reminder, ...]:
    """Return what is meant; of several that fit the user is asked, none is guessed."""
    open_ones = work.uow.reminders.of(work.user_id)
    if not open_ones:
        raise ReminderUnknown
    wanted = (words or "").strip().casefold()
    if wanted == "all":
        return open_ones
    if wanted.isdecimal():
        place = int(wanted)
        if not 1 <= place <= len(open_ones):
            raise ReminderUnknown
        return (open_ones[place - 1],)
    found = tuple(one for one in open_ones if _fits(one, wanted)) if wanted else open_ones
    if not found:
        raise ReminderUnknown
    if len(found) > 1:
        options = tuple(
            Option(str(open_ones.index(one) + 1), "choice.reminder", fields={"task": one.text})
            for one in found
        )
        raise Unclear("which", phrase="clarify.which_reminder", options=options)
    return found


def _fits(reminder: Reminder, words: str) -> bool:
    text = reminder.text.casefold()
    return words in text or fuzz.token_set_ratio(text, words) >= _CLOSE


def restore_reminder(work: ToolWork, *, reminder: str, state: str) -> None:
    """Undo: take a reminder back, or let it come again; one whose time is over stays away."""
    known = work.uow.reminders.get(work.user_id, reminder)
    to = ReminderState(state)
    if known.state is to or known.state is ReminderState.DONE:
        return
    if to is ReminderState.ACTIVE and known.every is Every.ONCE and _is_over(known, work.now):
        return
    work.uow.reminders.set_state(work.user_id, reminder, to)


def _is_over(reminder: Reminder, now: datetime) -> bool:
    return reminder.due_at <= now
