"""Settings in words: which one is meant and the value in the form that the tool reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from intents.filling import Filling, unexplained
from intents.limits import times_of
from intents.reading import Reading, find_runs, plain_amount
from intents.text import fold
from intents.vocabulary import runs

_LONGEST_VALUE = 60
_TIME = re.compile(r"(?<![\d:])(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?(?![\d:])")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|º|ª|o)?")
_LOCALE = re.compile(r"\b([a-z]{2})[-_]([a-z]{2})\b")


def preference(filling: Filling) -> bool:
    """Settle name and value of a setting; tell whether the message names one at all."""
    name = filling.arguments.get("name") or _named_by_value(filling)
    if name is None:
        filling.arguments.clear()
        return False
    filling.arguments["name"] = name
    value = _READERS[name](filling)
    if value and len(value) <= _LONGEST_VALUE:
        filling.arguments["value"] = value
        filling.used.update(range(len(filling.reading.texts)))
    return True


def _named_by_value(filling: Filling) -> str | None:
    """Guess the setting from what is said of it: "use euros", "nothing between 10pm and 6am"."""
    reading = filling.reading
    hours = _hours(filling)
    for name, words in reading.vocabulary.settings["about"].items():
        if find_runs(reading.texts, runs(words)):
            return "summary_hour" if name == "summary" and hours else name
    for name in ("currency", "language"):
        if _listed(reading, name):
            return name
    if len(hours) > 1 or find_runs(reading.texts, runs(reading.vocabulary.settings["night"])):
        return "quiet_hours"
    return None


def _listed(reading: Reading, name: str) -> str:
    """Return the value whose words the message holds, the last said first."""
    values = reading.vocabulary.settings[name]
    found = [
        (last, last - first, value)
        for value, words in values.items()
        for first, last in find_runs(reading.texts, runs(words))
    ]
    return max(found)[2] if found else ""


def _from_list(name: str) -> Callable[[Filling], str]:
    return lambda filling: _listed(filling.reading, name)


def _zone(filling: Filling) -> str:
    words = filling.words_in("zone")
    if words is not None:
        return str(words.value)
    places = unexplained(filling)
    return filling.reading.said(places[0], places[-1] + 1) if places else ""


def _hours(filling: Filling) -> list[str]:
    text = fold(filling.reading.utterance.lower)
    for word, hour in filling.reading.vocabulary.settings["hours"].items():
        text = re.sub(rf"\b{re.escape(word)}\b", hour, text)
    return [_clock(*found.groups()) for found in _TIME.finditer(text) if int(found[1]) < 25]


def _clock(hour: str, minute: str | None, half: str | None) -> str:
    number = int(hour) % 24
    if half:
        number = number % 12 + (12 if half.startswith("p") else 0)
    return f"{number:02}:{minute or '00'}"


def _summary_hour(filling: Filling) -> str:
    hours = _hours(filling)
    if not hours:
        return ""
    words = filling.reading.vocabulary.settings["evening"]
    late = bool(find_runs(filling.reading.texts, runs(words)))
    hour = int(hours[0][:2])
    return f"{hour + 12}{hours[0][2:]}" if late and hour < 12 else hours[0]


def _quiet_hours(filling: Filling) -> str:
    settings = filling.reading.vocabulary.settings
    texts, usual = filling.reading.texts, settings["quiet"]
    hours = _hours(filling)
    if hours:
        return f"{_late(hours[0])}-{hours[1] if len(hours) > 1 else usual['until']}"
    if find_runs(texts, runs(settings["night"])):
        return f"{usual['from']}-{usual['until']}"
    return "off" if _listed(filling.reading, "switch") == "off" else ""


def _late(clock: str) -> str:
    """Read a bare 11 as 23:00: quiet hours begin in the evening."""
    hour = int(clock[:2])
    return f"{hour + 12}{clock[2:]}" if 6 <= hour < 12 else clock


def _locale(filling: Filling) -> str:
    found = _LOCALE.search(filling.reading.utterance.lower)
    if found:
        return f"{found[1]}_{found[2].upper()}"
    return _listed(filling.reading, "locale")


def _report_day(filling: Filling) -> str:
    numbers = [text for text in filling.reading.texts if text.isdecimal() and 1 <= int(text) <= 31]
    return numbers[0] if numbers else _listed(filling.reading, "switch")


def _fallback(filling: Filling) -> str:
    """Other chats are used unless the message says that they are not to be."""
    return "off" if _listed(filling.reading, "switch") == "off" else "on"


def _recap_day(filling: Filling) -> str:
    return _listed(filling.reading, "weekday") or _listed(filling.reading, "switch")


def _alerts_a_day(filling: Filling) -> str:
    reading = filling.reading
    if _listed(reading, "no_limit"):
        return "any"
    found = (times_of(reading, place) for place in range(len(reading.texts)))
    return next((str(times) for times in found if times is not None), "")


def _month_start_day(filling: Filling) -> str:
    """Read the day of the month; "a calendar month" begins on the first."""
    return _day_of_month(filling) or ("1" if _listed(filling.reading, "plain_month") else "")


def _day_of_month(filling: Filling) -> str:
    """Return the first ordinal or figure that a month may have: "the 25th", "el 25", "day 3"."""
    for text in filling.reading.texts:
        found = _ORDINAL.fullmatch(text)
        if found and 1 <= int(found[1]) <= 31:
            return found[1]
    return ""


def _week_start(filling: Filling) -> str:
    return _listed(filling.reading, "weekday")


def _fiscal_start_month(filling: Filling) -> str:
    """Read a month by its name; a calendar year begins in January."""
    reading = filling.reading
    return _listed(reading, "first_month") or ("1" if _listed(reading, "plain_year") else "")


def _pay_day(filling: Filling) -> str:
    """Read the day of the month; the last day is the 31st, which short months end before."""
    reading = filling.reading
    if _listed(reading, "last_day"):
        return "31"
    return _day_of_month(filling) or _listed(reading, "switch")


def _only_news(filling: Filling) -> str:
    return "off" if _listed(filling.reading, "news") else "on"


def _large_charge(filling: Filling) -> str:
    amounts = filling.reading.of("amount")
    if amounts:
        return plain_amount(amounts[0].value)
    return "off" if _listed(filling.reading, "switch") == "off" else ""


_READERS: Mapping[str, Callable[[Filling], str]] = {
    "zone": _zone,
    "currency": _from_list("currency"),
    "language": _from_list("language"),
    "summary": _from_list("switch"),
    "summary_hour": _summary_hour,
    "quiet_hours": _quiet_hours,
    "locale": _locale,
    "report_day": _report_day,
    "channel": _from_list("channel"),
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
