"""What is told unasked: seen again, explained, muted by item, by kind or all, and told later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import Field

from core.alerts.alert import Alert, AlertState
from core.alerts.attention import (
    EVERYTHING,
    Way,
    Wish,
    about_scope,
    concerns,
    names_of,
    topic_of_scope,
    topic_scope,
)
from core.alerts.topics import SECURITY, TOPICS, Topic
from core.categories.scheme import is_known
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, Line, count, day, named
from core.schedules.reminder import Every, Reminder, ReminderState, at_clock, in_time
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.reminding import moment_meant, newest_alert, told_again
from tools.spec import Arguments, Tier, tool

_HELD_DAYS = timedelta(days=7)
_SUMMARY_DAYS = timedelta(days=2)
_MOST = 10
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_SNOOZE = timedelta(hours=1)
Topics = Literal[
    "budgets",
    "bills",
    "subscriptions",
    "income",
    "balance",
    "charges",
    "habits",
    "goals",
    "prices",
    "refunds",
    "investments",
    "banks",
]


class NoAlertYet(FinanceError):
    """There is no alert that "this" could mean."""

    code = "alert.none_yet"


class NeverMuted(FinanceError):
    """Messages about security always come."""

    code = "alert.never_muted"


class NotMuted(FinanceError):
    """Nothing of the kind is muted."""

    code = "alert.not_muted"


class ShowAlerts(Arguments):
    """Which."""

    which: Literal["recent", "held", "muted"] = Field(
        "recent", description="Those told lately, those held back this week, or what is muted"
    )


@tool()
def show_alerts(arguments: ShowAlerts, work: ToolWork) -> Answer:
    """Show the alerts the user got lately, what was held back, or what he muted."""
    if arguments.which == "muted":
        return _muted(work)
    if arguments.which == "held":
        return held_back(work.uow.alerts.held_back(work.user_id, work.now - _HELD_DAYS))
    told = work.uow.alerts.last_told(work.user_id, _MOST)
    if not told:
        return Answer("show_alerts.none")
    return Answer("show_alerts.recent", (count("found", len(told)),), _lines(told))


def held_back(held: Sequence[Alert]) -> Answer:
    """Return what was not told when it was found: how many, and the newest of them."""
    if not held:
        return Answer("show_alerts.nothing_held")
    told = sum(one.state is AlertState.RAISED for one in held)
    facts = [count("found", len(held))]
    if told:
        facts.append(count("told", told))
    return Answer("show_alerts.held", tuple(facts), _lines(held[:_MOST]))


def _lines(alerts: Sequence[Alert]) -> tuple[Line, ...]:
    return tuple(Line(one.facts, one.subject, one.answer.shape) for one in alerts)


def _muted(work: ToolWork) -> Answer:
    wishes = _live(work)
    if not wishes:
        return Answer("show_alerts.nothing_muted")
    lines = tuple(
        Line((_what(one.scope), *_until(one)), "", f"show_alerts.{_shape(one)}_line")
        for one in wishes
    )
    return Answer("show_alerts.muted", (count("found", len(lines)),), lines)


class ExplainAlert(Arguments):
    """Which one."""

    about: str | None = Field(
        None,
        description="Words of what it was about; the newest alert when left out",
        max_length=80,
    )


@tool()
def explain_alert(arguments: ExplainAlert, work: ToolWork) -> Answer:
    """Explain why an alert was sent: which rule, on which figures, and how to mute it."""
    summary = _newest_summary(work) if arguments.about is None else None
    if summary is not None:
        return summary
    alert = _newest(work, arguments.about)
    assert alert.told_at is not None
    options = [f"alert_rule.{alert.kind}"]
    choices: tuple[Choice, ...] = ()
    if alert.kind not in SECURITY:
        options.append("explain_alert.mute")
        choices = (
            Choice("mute this", "choice.mute_this"),
            Choice("mute this kind", "choice.mute_kind"),
        )
    return Answer(
        "explain_alert.told",
        (day("told", alert.told_at),),
        _lines([alert]),
        tuple(options),
        choices,
    )


def _newest_summary(work: ToolWork) -> Answer | None:
    """Return why the last summary came, where it was told after the last alert."""
    told = work.uow.schedules.last_told(work.user_id, work.now - _SUMMARY_DAYS)
    if told is None:
        return None
    kind, due_at = told
    alert = next(iter(work.uow.alerts.last_told(work.user_id, 1)), None)
    if alert is not None and alert.told_at is not None and alert.told_at >= due_at:
        return None
    return Answer(f"explain_alert.{kind}", (day("told", due_at),))


def _newest(work: ToolWork, about: str | None) -> Alert:
    for one in work.uow.alerts.last_told(work.user_id, 50):
        if about is None or concerns(about_scope(about), one):
            return one
    raise NoAlertYet


class MuteAlerts(Arguments):
    """Which alerts, how, and until when."""

    alerts: Topics | Literal["this", "this_kind", "all"] = Field(
        "this", description="A kind of alerts, all, or what the newest alert is about (or its kind)"
    )
    about: str | None = Field(
        None, description="One thing instead of a kind: a shop, bill, category", max_length=80
    )
    how: Literal["off", "daily", "weekly"] = Field(
        "off", description="Not at all, once a day in the morning, or once a week"
    )
    day: date | None = Field(None, description="Until this day, YYYY-MM-DD; for good if left out")
    time: str | None = Field(None, description="Until this time, HH:MM", pattern=_CLOCK)
    minutes: int | None = Field(None, description="For so many minutes", ge=1, le=527_040)


@tool(tier=Tier.REVERSIBLE, inverse=("alert_wishes",))
def mute_alerts(arguments: MuteAlerts, work: ToolWork) -> Changed:
    """Mute alerts about one thing, of one kind or all, for good or for a while; or less often."""
    scope = _scope(arguments.alerts, arguments.about, work)
    way = Way(arguments.how)
    wish = Wish(scope, way, _end(arguments, work) if way is Way.OFF else None)
    undo = _inverse(work, (scope,))
    work.uow.alerts.wishes.put(work.user_id, wish, now=work.now)
    options = ("mute_alerts.security",) if scope == EVERYTHING and way is Way.OFF else ()
    answer = Answer(
        f"mute_alerts.{_shape(wish)}", (_what(scope), *_until(wish)), options=options, choices=UNDO
    )
    return Changed(answer, (undo,))


class UnmuteAlerts(Arguments):
    """Which alerts come again."""

    alerts: Topics | Literal["all"] = Field("all", description="A kind of alerts, or all of them")
    about: str | None = Field(
        None, description="One thing instead of a kind: a shop, bill, category", max_length=80
    )


@tool(tier=Tier.REVERSIBLE, inverse=("alert_wishes",))
def unmute_alerts(arguments: UnmuteAlerts, work: ToolWork) -> Changed:
    """Let muted alerts come again: about one thing, of one kind, or all."""
    wishes = _live(work)
    if arguments.about is not None or arguments.alerts != "all":
        scope = _scope(arguments.alerts, arguments.about, work)
        wishes = tuple(one for one in wishes if one.scope == scope)
    if not wishes:
        raise NotMuted
    undo = _inverse(work, [one.scope for one in wishes])
    for one in wishes:
        end_wish(work, one)
    what = _what(wishes[0].scope if len(wishes) == 1 else EVERYTHING)
    return Changed(Answer("unmute_alerts.on", (what,), choices=UNDO), (undo,))


def end_wish(work: ToolWork, wish: Wish) -> None:
    """Drop a wish; of a pause what it held back is told at once, as when it ends by itself."""
    if wish.until is None:
        work.uow.alerts.wishes.remove(work.user_id, wish.scope)
    else:
        work.uow.alerts.wishes.put(work.user_id, Wish(wish.scope, wish.way, work.now), now=work.now)


def end_pause(work: ToolWork) -> Changed | None:
    """End what holds all alerts back; nothing when nothing does."""
    held = next((one for one in _live(work) if one.scope == EVERYTHING), None)
    if held is None:
        return None
    undo = _inverse(work, (EVERYTHING,))
    end_wish(work, held)
    what = _what(EVERYTHING)
    return Changed(Answer("unmute_alerts.on", (what,), choices=UNDO), (undo,))


class SnoozeAlert(Arguments):
    """Until when."""

    day: date | None = Field(None, description="Until this day, YYYY-MM-DD")
    time: str | None = Field(None, description="Until this time, HH:MM", pattern=_CLOCK)
    minutes: int | None = Field(
        None, description="For so many minutes; an hour when nothing is said", ge=1, le=527_040
    )


@tool(tier=Tier.REVERSIBLE, inverse=("reminder_state", "alert_wishes"))
def snooze_alert(arguments: SnoozeAlert, work: ToolWork) -> Changed:
    """Tell the newest alert again later; with none of the last day, hold back all until then."""
    until = _end(arguments, work) or work.now + _SNOOZE
    last = newest_alert(work)
    if last is None:
        undo = _inverse(work, (EVERYTHING,))
        wish = Wish(EVERYTHING, Way.OFF, until)
        work.uow.alerts.wishes.put(work.user_id, wish, now=work.now)
        facts = (_what(EVERYTHING), day("until", until))
        return Changed(Answer("mute_alerts.until", facts, choices=UNDO), (undo,))
    later = Reminder(work.user_id, "", work.preferences.today(until), None, until)
    again = told_again(last, later)
    kept = work.uow.reminders.add(again, now=work.now, ids=work.ids)
    gone = Inverse("reminder_state", {"reminder": kept.id, "state": ReminderState.DELETED.value})
    facts = (day("until", until), named("task", again.text))
    return Changed(Answer("snooze_alert.set", facts, choices=UNDO), (gone,))


def _live(work: ToolWork) -> tuple[Wish, ...]:
    """Return the user's wishes that still hold."""
    every = work.uow.alerts.wishes.of(work.user_id)
    return tuple(one for one in every if one.until is None or one.until > work.now)


def _scope(alerts: str, about: str | None, work: ToolWork) -> str:
    if about is not None:
        return about_scope(about)
    if alerts == "all":
        return EVERYTHING
    if alerts not in ("this", "this_kind"):
        return topic_scope(Topic(alerts))
    last = _newest(work, None)
    if last.kind in SECURITY:
        raise NeverMuted
    names = names_of(last)
    if alerts == "this" and names:
        return about_scope(names[0])
    return topic_scope(TOPICS[last.kind])


def _end(arguments: MuteAlerts | SnoozeAlert, work: ToolWork) -> datetime | None:
    """Return when it ends; nothing when no end was named."""
    if arguments.minutes is not None:
        return work.now + timedelta(minutes=arguments.minutes)
    if arguments.day is None and arguments.time is None:
        return None
    clock = time.fromisoformat(arguments.time) if arguments.time else None
    on, at = moment_meant(arguments.day, clock, Every.ONCE, work)
    return in_time(at_clock(on, at, work.preferences.zone), now=work.now)


def _what(scope: str) -> Fact:
    """Return what a wish is about in a word: everything, a kind, or a name."""
    if scope == EVERYTHING:
        return named("muted", "topic_all")
    topic = topic_of_scope(scope)
    if topic is not None:
        return named("muted", f"topic_{topic}")
    name = scope.partition(":")[2]
    return named("muted", name.upper() if is_known(name.upper()) else name.capitalize())


def _until(wish: Wish) -> tuple[Fact, ...]:
    return () if wish.until is None else (day("until", wish.until),)


def _shape(wish: Wish) -> str:
    if wish.way is not Way.OFF:
        return wish.way.value
    return "off" if wish.until is None else "until"


def _inverse(work: ToolWork, scopes: Sequence[str]) -> Inverse:
    """Return the way back to what was wished of some scopes."""
    before = {one.scope: one for one in work.uow.alerts.wishes.of(work.user_id)}
    return Inverse(
        "alert_wishes", {"wishes": [_kept(scope, before.get(scope)) for scope in scopes]}
    )


def _kept(scope: str, wish: Wish | None) -> list[str | None]:
    if wish is None:
        return [scope, None, None]
    return [scope, wish.way.value, wish.until.isoformat() if wish.until else None]


def restore_wishes(work: ToolWork, *, wishes: list[list[str | None]]) -> None:
    """Undo: wish of alerts what was wished before."""
    for scope, way, until in wishes:
        assert scope is not None
        if way is None:
            work.uow.alerts.wishes.remove(work.user_id, scope)
        else:
            end = datetime.fromisoformat(until) if until else None
            work.uow.alerts.wishes.put(work.user_id, Wish(scope, Way(way), end), now=work.now)
