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
from core.facts import Answer, Fact, Line, count, named
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
]
_SHOWN: tuple[PreferenceName, ...] = (
    "language",
    "currency",
    "zone",
    "locale",
    "summary_hour",
    "report_day",
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
    """Change a setting: language, currency, time zone, number format, hours of messages."""
    before = work.preferences
    after = _SETTERS[arguments.name](before, arguments.value.strip())
    if arguments.name == "ai" and after.agreed_to_model and not work.installation.has_model:
        raise NoModelHere
    if after.language != before.language and after.language not in work.languages:
        raise LanguageNotOffered(language=arguments.value[:20])
    name = "summary_hour" if arguments.name == "summary" else arguments.name
    facts: tuple[Fact, ...] = (
        named("preference", f"preference_{name}"),
        named("value", _shown(after, name)),
    )
    if after == before:
        return Changed(Answer("set_preference.nothing", facts), ())
    work.uow.users.set_preferences(work.user_id, after)
    work.uow.schedules.arrange(work.user_id, after, now=work.now)
    inverse = Inverse("preferences", {"preferences": preferences_to_json(before)})
    facts += (named("before", _shown(before, name)),)
    if name == "quiet_hours" and after.quiet_from and after.quiet_until:
        facts += (named("from", _hour(after.quiet_from)), named("until", _hour(after.quiet_until)))
    return Changed(Answer(_shape(name, after), facts, choices=UNDO), (inverse,))


def _shape(name: str, after: Preferences) -> str:
    if name == "summary_hour":
        return f"set_preference.{'summary_off' if after.summary_hour is None else 'summary_hour'}"
    if name == "ai":
        return f"set_preference.{'ai_on' if after.agreed_to_model else 'ai_off'}"
    if name == "ai":
        return f"set_preference.{'ai_on' if after.agreed_to_model else 'ai_off'}"
    if name == "quiet_hours":
        return f"set_preference.{'quiet_off' if after.quiet_from is None else 'quiet_hours'}"
    return "set_preference.set"


def _listed(preferences: Preferences, name: str) -> Fact:
    """Return a setting's value; the number format is told by a number written in it."""
    if name == "locale":
        return count("value", _SAMPLE)
    return named("value", _shown(preferences, name))


def _hour(at: time) -> str:
    return at.isoformat(timespec="minutes")


def _shown(preferences: Preferences, name: str) -> str:
    match name:
        case "summary_hour":
            hour = preferences.summary_hour
            return "value_off" if hour is None else f"{hour:02}:00"
        case "quiet_hours":
            if preferences.quiet_from is None or preferences.quiet_until is None:
                return "value_off"
            start = preferences.quiet_from.isoformat(timespec="minutes")
            return f"{start}-{preferences.quiet_until.isoformat(timespec='minutes')}"
        case "ai":
            if preferences.model_use == "off":
                return "value_off"
            return "ai_on" if preferences.agreed_to_model else "ai_undecided"
        case "language" | "channel":
            return f"{name}_{getattr(preferences, name)}"
        case _:
            value = getattr(preferences, name)
            return _SWITCH.get(value, str(value)) if isinstance(value, bool) else str(value)


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
    return replace(before, currency=value.upper()[:3])


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
    if not value.isdigit():
        raise PreferenceUnreadable(name="report_day", value=value[:20])
    return replace(before, report_day=int(value))


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
}
