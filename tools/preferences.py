"""How the user wants it: zone, currency, language, hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time
from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, day, money, named, span
from core.money import Money
from core.period import Grain, next_pay_day, period_of
from core.users.preferences import Preferences
from core.users.preferences_json import preferences_to_json
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.preference_words import LanguageNotOffered, with_value
from tools.spec import Arguments, Tier, tool

PreferenceName = Literal[
    "zone",
    "currency",
    "language",
    "summary_hour",
    "quiet_hours",
    "locale",
    "report_day",
    "summary",
    "ai",
    "channel",
    "fallback",
    "recap_day",
    "alerts_a_day",
    "only_news",
    "large_charge",
    "month_start_day",
    "week_start",
    "fiscal_start_month",
    "pay_day",
]
_SHOWN: tuple[PreferenceName, ...] = (
    "language",
    "currency",
    "zone",
    "locale",
    "summary_hour",
    "month_start_day",
    "week_start",
    "fiscal_start_month",
    "pay_day",
    "report_day",
    "recap_day",
    "only_news",
    "alerts_a_day",
    "large_charge",
    "quiet_hours",
    "channel",
    "fallback",
    "ai",
)
# How it is told that one of these is not set.
_UNSET = {
    "report_day": "report_off",
    "recap_day": "recap_off",
    "alerts_a_day": "alerts_any",
    "large_charge": "large_charge_off",
    "pay_day": "pay_day_off",
}
# The settings that divide time, and the periods that follow them.
_GRAINS: Mapping[str, Grain] = {
    "month_start_day": Grain.MONTH,
    "week_start": Grain.WEEK,
    "fiscal_start_month": Grain.FISCAL_YEAR,
}
# Long enough to show how digits are grouped.
_SAMPLE = 1_234_567
_SWITCH = {True: "value_on", False: "value_off"}


class NoModelHere(FinanceError):
    """There is no language model in this installation to agree to."""

    code = "preferences.no_model"


class ShowPreferences(Arguments):
    """No arguments."""


@tool()
def show_preferences(_arguments: ShowPreferences, work: ToolWork) -> Answer:
    """Show the user's settings: currency, time zone, number format, hours of messages."""
    lines = tuple(
        Line((named("preference", f"preference_{name}"), _listed(work.preferences, name)))
        for name in _SHOWN
    )
    return Answer("show_preferences.list", (), lines, ("show_preferences.change",))


class SetPreference(Arguments):
    """Which setting, and its new value."""

    name: PreferenceName = Field(description="Which setting")
    value: str = Field(description="The new value in the user's words", min_length=1, max_length=60)


@tool(tier=Tier.REVERSIBLE, inverse=("preferences",))
def set_preference(arguments: SetPreference, work: ToolWork) -> Changed:
    """Change a setting: language, currency, time zone, number format, hours of messages.

    Also the day of the weekly recap, how many alerts a day, whether empty summaries are sent,
    from which amount on each charge is told, and the calendar: on which day months, weeks and the
    fiscal year begin, and pay day.
    """
    before = work.preferences
    after = with_value(before, arguments.name, arguments.value)
    if arguments.name == "ai" and after.agreed_to_model and not work.installation.has_model:
        raise NoModelHere
    if after.language != before.language and after.language not in work.languages:
        raise LanguageNotOffered(language=arguments.value[:20])
    name = "summary_hour" if arguments.name == "summary" else arguments.name
    facts: tuple[Fact, ...] = (
        named("preference", f"preference_{name}"),
        _value(after, name),
    )
    if after == before:
        return Changed(Answer("set_preference.nothing", facts), ())
    work.uow.users.set_preferences(work.user_id, after)
    work.uow.schedules.arrange(work.user_id, after, now=work.now)
    if after.zone != before.zone:
        work.uow.reminders.follow_zone(work.user_id, after.zone)
    inverse = Inverse("preferences", {"preferences": preferences_to_json(before)})
    facts += (replace(_value(before, name), name="before"),)
    facts += _divided(name, after, work.today)
    if name == "quiet_hours" and after.quiet_from and after.quiet_until:
        facts += (named("from", _hour(after.quiet_from)), named("until", _hour(after.quiet_until)))
    return Changed(Answer(_shape(name, after), facts, choices=UNDO), (inverse,))


def _divided(name: str, after: Preferences, today: date) -> tuple[Fact, ...]:
    """Return what a setting of the calendar comes to now: the running period, the next pay day."""
    if name in _GRAINS:
        return (span("period", period_of(_GRAINS[name], today, after.calendar)),)
    on = next_pay_day(after.calendar, today) if name == "pay_day" else None
    return () if on is None else (day("payday", on),)


def _shape(name: str, after: Preferences) -> str:
    if name == "summary_hour":
        return f"set_preference.{'summary_off' if after.summary_hour is None else 'summary_hour'}"
    if name == "ai":
        return f"set_preference.{'ai_on' if after.agreed_to_model else 'ai_off'}"
    if name == "quiet_hours":
        return f"set_preference.{'quiet_off' if after.quiet_from is None else 'quiet_hours'}"
    if name == "only_news":
        return f"set_preference.only_news_{'on' if after.only_news else 'off'}"
    if name in _GRAINS:
        return f"set_preference.{name}"
    if name in _UNSET:
        return f"set_preference.{name if getattr(after, name) is not None else _UNSET[name]}"
    return "set_preference.set"


def _listed(preferences: Preferences, name: str) -> Fact:
    """Return a setting's value; the number format is told by a number written in it."""
    if name == "locale":
        return count("value", _SAMPLE)
    return _value(preferences, name)


def _value(preferences: Preferences, name: str) -> Fact:
    """Return what a setting is: a number or an amount where it is one, else a word."""
    if name == "alerts_a_day" and preferences.alerts_a_day is not None:
        return count("value", preferences.alerts_a_day)
    if name == "large_charge" and preferences.large_charge is not None:
        return money("value", Money(preferences.large_charge, preferences.currency))
    return named("value", _shown(preferences, name))


def _hour(at: time) -> str:
    return at.isoformat(timespec="minutes")


def _shown(preferences: Preferences, name: str) -> str:
    """Return a setting as a word of ours or as it is kept."""
    show = _SHOWN_AS.get(name)
    return show(preferences) if show is not None else str(getattr(preferences, name))


def _hour_shown(preferences: Preferences) -> str:
    hour = preferences.summary_hour
    return "value_off" if hour is None else f"{hour:02}:00"


def _quiet_shown(preferences: Preferences) -> str:
    if preferences.quiet_from is None or preferences.quiet_until is None:
        return "value_off"
    return f"{_hour(preferences.quiet_from)}-{_hour(preferences.quiet_until)}"


def _ai_shown(preferences: Preferences) -> str:
    if preferences.model_use == "off":
        return "value_off"
    return "ai_on" if preferences.agreed_to_model else "ai_undecided"


def _report_shown(preferences: Preferences) -> str:
    day = preferences.report_day
    return "value_off" if day is None else str(day)


def _recap_shown(preferences: Preferences) -> str:
    day = preferences.recap_day
    return "value_off" if day is None else f"weekday_{day}"


_SHOWN_AS: Mapping[str, Callable[[Preferences], str]] = {
    "summary_hour": _hour_shown,
    "quiet_hours": _quiet_shown,
    "ai": _ai_shown,
    "language": lambda preferences: f"language_{preferences.language}",
    "channel": lambda preferences: f"channel_{preferences.channel}",
    "fallback": lambda preferences: _SWITCH[preferences.fallback],
    "report_day": _report_shown,
    "recap_day": _recap_shown,
    "only_news": lambda preferences: _SWITCH[preferences.only_news],
    "alerts_a_day": lambda _: "value_any",
    "large_charge": lambda _: "value_off",
    "week_start": lambda preferences: f"weekday_{preferences.week_start}",
    "fiscal_start_month": lambda preferences: f"month_{preferences.fiscal_start_month}",
    "pay_day": lambda preferences: str(preferences.pay_day or "pay_day_seen"),
}
