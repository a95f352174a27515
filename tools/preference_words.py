"""What a setting's value may be called, and the settings with that value in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time
from zoneinfo import available_timezones

from core.errors import FinanceError
from core.money import Money
from core.period import ZoneUnknown
from core.users.preferences import (
    CHANNELS,
    CONSENT_VERSION,
    PreferenceOutOfRange,
    Preferences,
    PreferenceUnreadable,
)

# What callers without a grammar (a model, the API) call a language beside its code.
_LANGUAGES: Mapping[str, str] = {
    "english": "en",
    "inglés": "en",
    "spanish": "es",
    "español": "es",
    "castellano": "es",
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_OFF = frozenset({"off", "none", "never", "no"})
_ON = frozenset({"on", "yes", "agree"})
_CODE = re.compile(r"[a-z]{2}")
_HOUR = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?")
# A month may begin on a day that every month has.
_LAST_FIRST = 28


class LanguageNotOffered(FinanceError):
    """There are no phrases in this language yet."""

    code = "preferences.language_not_offered"


def with_value(before: Preferences, name: str, value: str) -> Preferences:
    """Return the settings with ``name`` set to what ``value`` says; raise if it says nothing."""
    return _SETTERS[name](before, value.strip())


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
    return replace(before, report_day=_whole("report_day", value))


def _recap_day(before: Preferences, value: str) -> Preferences:
    """Accept a day's name or its number, 0 for Monday; on is the day it was, else Monday."""
    word = value.casefold()
    if word in _OFF:
        return replace(before, recap_day=None)
    if word in _ON:
        return replace(before, recap_day=before.recap_day or 0)
    if word in _WEEKDAYS:
        return replace(before, recap_day=_WEEKDAYS.index(word))
    return replace(before, recap_day=_whole("recap_day", value))


def _alerts_a_day(before: Preferences, value: str) -> Preferences:
    if value.casefold() in _OFF | {"any", "all"}:
        return replace(before, alerts_a_day=None)
    return replace(before, alerts_a_day=_whole("alerts_a_day", value))


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


def _month_start_day(before: Preferences, value: str) -> Preferences:
    """Accept the day on which months begin; off is the first."""
    if value.casefold() in _OFF:
        return replace(before, month_start_day=1)
    day = _whole("month_start_day", value)
    if not 1 <= day <= _LAST_FIRST:
        raise PreferenceOutOfRange(name="month_start_day", low=1, high=_LAST_FIRST)
    return replace(before, month_start_day=day)


def _week_start(before: Preferences, value: str) -> Preferences:
    """Accept a day's name or its number, 0 for Monday; off is Monday."""
    word = value.casefold()
    if word in _OFF:
        return replace(before, week_start=0)
    if word in _WEEKDAYS:
        return replace(before, week_start=_WEEKDAYS.index(word))
    return replace(before, week_start=_whole("week_start", value))


def _fiscal_start_month(before: Preferences, value: str) -> Preferences:
    """Accept a month's name or number; off is January."""
    word = value.casefold()
    if word in _OFF:
        return replace(before, fiscal_start_month=1)
    if word in _MONTHS:
        return replace(before, fiscal_start_month=_MONTHS.index(word) + 1)
    return replace(before, fiscal_start_month=_whole("fiscal_start_month", value))


def _pay_day(before: Preferences, value: str) -> Preferences:
    """Accept a day of the month; off is whatever day the books show."""
    if value.casefold() in _OFF:
        return replace(before, pay_day=None)
    return replace(before, pay_day=_whole("pay_day", value))


def _whole(name: str, value: str) -> int:
    if not value.isdecimal():
        raise PreferenceUnreadable(name=name, value=value[:20])
    return int(value)


_SETTERS: Mapping[str, Callable[[Preferences, str], Preferences]] = {
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
    "month_start_day": _month_start_day,
    "week_start": _week_start,
    "fiscal_start_month": _fiscal_start_month,
    "pay_day": _pay_day,
}
