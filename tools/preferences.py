"""How the user wants it: zone, currency, language, hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, money, named
from core.money import Money
from core.period import ZoneUnknown
from core.users.preferences import CHANNELS, CONSENT_VERSION, Preferences, PreferenceUnreadable
from core.users.preferences_json import preferences_to_json
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
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
]
_SHOWN: tuple[PreferenceName, ...] = (
    "language",
    "currency",
    "zone",
    "locale",
    "summary_hour",
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
# What callers without a grammar (a model, the API) call a language beside its code.
_LANGUAGES: Mapping[str, str] = {
    "english": "en",
    "inglés": "en",
    "spanish": "es",
    "español": "es",
    "castellano": "es",
}
# How it is told that one of these is not set.
_UNSET = {
    "report_day": "report_off",
    "recap_day": "recap_off",
    "alerts_a_day": "alerts_any",
    "large_charge": "large_charge_off",
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Long enough to show how digits are grouped.
_SAMPLE = 1_234_567
_OFF = frozenset({"off", "none", "never", "no"})
_ON = frozenset({"on", "yes", "agree"})
_SWITCH = {True: "value_on", False: "value_off"}
_CODE = re.compile(r"[a-z]{2}")
_HOUR = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?")


class LanguageNotOffered(FinanceError):
    """There are no phrases in this language yet."""

    code = "preferences.language_not_offered"


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
    and from which amount on each charge is told.
    """
    before = work.preferences
    after = _SETTERS[arguments.name](before, arguments.value.strip())
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
    if name == "quiet_hours" and after.quiet_from and after.quiet_until:
        facts += (named("from", _hour(after.quiet_from)), named("until", _hour(after.quiet_until)))
    return Changed(Answer(_shape(name, after), facts, choices=UNDO), (inverse,))


def _shape(name: str, after: Preferences) -> str:
    if name == "summary_hour":
        return f"set_preference.{'summary_off' if after.summary_hour is None else 'summary_hour'}"
    if name == "ai":
        return f"set_preference.{'ai_on' if after.agreed_to_model else 'ai_off'}"
    if name == "quiet_hours":
        return f"set_preference.{'quiet_off' if after.quiet_from is None else 'quiet_hours'}"
    if name == "only_news":
        return f"set_preference.only_news_{'on' if after.only_news else 'off'}"
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
}


def _zone(before: Preferences, value: str) -> Preferences:
    """Accept a zone's full name or a city: ``Madrid`` is ``Europe/Madrid``."""
    wanted = value.replace(" ", "_").casefold()
    zones = available_timezones()
    exact = [zone for zone in zones if zone.casefold() == wanted]
    city = sorted(zone for zone in zones if zone.casefold().rpartition("/")[2] == wanted)
    found = exact or city
    if not found:
        raise ZoneUnknown(zone=value[:40])
    return replace(before, zone=found[0])


def _currency(before: Preferences, value: str) -> Preferences:
    """Accept a code; a mark in the old currency would mean another amount, so it goes."""
    code = value.upper()[:3]
    mark = before.large_charge if code == before.currency else None
    return replace(before, currency=code, large_charge=mark)


def _language(before: Preferences, value: str) -> Preferences:
    word = value.casefold()
    code = _LANGUAGES.get(word, word)
    if not _CODE.fullmatch(code):
        raise LanguageNotOffered(language=value[:20])
    return replace(before, language=code)


def _hour_of(value: str) -> time:
    match = _HOUR.fullmatch(value.casefold())
    if match is None:
        raise PreferenceUnreadable(name="summary_hour", value=value[:20])
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] is not None:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    if hour > 23 or minute > 59:
        raise PreferenceUnreadable(name="summary_hour", value=value[:20])
    return time(hour, minute)


def _summary_hour(before: Preferences, value: str) -> Preferences:
    if value.casefold() in _OFF:
        return replace(before, summary_hour=None)
    return replace(before, summary_hour=_hour_of(value).hour)


def _summary(before: Preferences, value: str) -> Preferences:
    if value.casefold() == "on":
        return replace(before, summary_hour=before.summary_hour or Preferences().summary_hour)
    return _summary_hour(before, value)


def _quiet_hours(before: Preferences, value: str) -> Preferences:
    if value.casefold() in _OFF:
        return replace(before, quiet_from=None, quiet_until=None)
    parts = [part for part in re.split(r"\s*(?:-|–|to|until)\s*", value.casefold()) if part]
    if len(parts) != 2:
        raise PreferenceUnreadable(name="quiet_hours", value=value[:20])
    return replace(before, quiet_from=_hour_of(parts[0]), quiet_until=_hour_of(parts[1]))


def _locale(before: Preferences, value: str) -> Preferences:
    return replace(before, locale=value.replace("-", "_"))


def _ai(before: Preferences, value: str) -> Preferences:
    word = value.casefold()
    if word not in _ON | _OFF:
        raise PreferenceUnreadable(name="ai", value=value[:20])
    return replace(before, model_use=f"agreed-{CONSENT_VERSION}" if word in _ON else "off")


def _channel(before: Preferences, value: str) -> Preferences:
    word = value.casefold()
    if word not in ("any", *CHANNELS):
        raise PreferenceUnreadable(name="channel", value=value[:20])
    return replace(before, channel=word)


def _fallback(before: Preferences, value: str) -> Preferences:
    word = value.casefold()
    if word not in _ON | _OFF:
        raise PreferenceUnreadable(name="fallback", value=value[:20])
    return replace(before, fallback=word in _ON)


def _report_day(before: Preferences, value: str) -> Preferences:
    """Accept a day of the month; on is the day it was, else the first; off is no report."""
    word = value.casefold()
    if word in _OFF:
        return replace(before, report_day=None)
    if word in _ON:
        return replace(before, report_day=before.report_day or Preferences().report_day)
    if not value.isdigit():
        raise PreferenceUnreadable(name="report_day", value=value[:20])
    return replace(before, report_day=int(value))


def _recap_day(before: Preferences, value: str) -> Preferences:
    """Accept a day's name or its number, 0 for Monday; on is the day it was, else Monday."""
    word = value.casefold()
    if word in _OFF:
        return replace(before, recap_day=None)
    if word in _ON:
        return replace(before, recap_day=before.recap_day or 0)
    if word in _WEEKDAYS:
        return replace(before, recap_day=_WEEKDAYS.index(word))
    if not value.isdecimal():
        raise PreferenceUnreadable(name="recap_day", value=value[:20])
    return replace(before, recap_day=int(value))


def _alerts_a_day(before: Preferences, value: str) -> Preferences:
    if value.casefold() in _OFF | {"any", "all"}:
        return replace(before, alerts_a_day=None)
    if not value.isdecimal():
        raise PreferenceUnreadable(name="alerts_a_day", value=value[:20])
    return replace(before, alerts_a_day=int(value))


def _only_news(before: Preferences, value: str) -> Preferences:
    word = value.casefold()
    if word not in _ON | _OFF:
        raise PreferenceUnreadable(name="only_news", value=value[:20])
    return replace(before, only_news=word in _ON)


def _large_charge(before: Preferences, value: str) -> Preferences:
    """Accept an amount in the user's own currency, or off."""
    if value.casefold() in _OFF:
        return replace(before, large_charge=None)
    return replace(before, large_charge=Money.of(value, before.currency).minor)


_SETTERS: Mapping[str, Callable[[Preferences, str], Any]] = {
    "zone": _zone,
    "currency": _currency,
    "language": _language,
    "summary_hour": _summary_hour,
    "summary": _summary,
    "quiet_hours": _quiet_hours,
    "locale": _locale,
    "report_day": _report_day,
    "ai": _ai,
    "channel": _channel,
    "fallback": _fallback,
    "recap_day": _recap_day,
    "alerts_a_day": _alerts_a_day,
    "only_news": _only_news,
    "large_charge": _large_charge,
}
