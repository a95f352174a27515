"""Moments that lie ahead: "friday at 6pm", "in 2 hours", "every 5th", "mañana a las 9 y media".

Days come from the grammar of periods; the times of day, lengths and repeats around them are read
here. Whatever was read, its words are known, so that the rest of a message is something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from core.conversation.plan import JsonValue
from core.period import months_later
from intents.ahead import bare_ordinals, pieces_ahead
from intents.reading import Piece, Reading, find_runs, is_day
from intents.text import fold
from intents.vocabulary import load, runs

_CLOCK = re.compile(
    r"(?<![\d:.,/$€£₹])(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?(?P<sign>[:.h])\s?(?P<minute>[0-5]\d)(?!\d))?"
    r"\s*(?P<half>a\.?\s?m\.?(?!\w)|p\.?\s?m\.?(?!\w))?(?P<plain>\s?(?:hrs|hs|h)(?!\w))?(?![\d:/%])"
)
_DAY = 24 * 60
_FARTHEST = timedelta(days=400)  # "always" is no moment
_MONTH = -1  # its length depends on where it begins
_MORNINGS = range(7, 12)


@dataclass(slots=True)
class Moment:
    """When something is meant, as far as it was said, and which words said it.

    ``days`` and ``months`` are lengths from today on, ``minutes`` ones from now on.
    """

    day: str | None = None
    time: str | None = None
    minutes: int | None = None
    days: int = 0
    months: int = 0
    every: str | None = None
    vague: bool = False  # a whole month or week, not a day of it
    places: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Tell whether anything was said of when."""
        return bool(self.places)

    def take(self, first: int, last: int) -> None:
        """Note that words belong to it."""
        self.places.update(range(first, last))


@lru_cache(maxsize=8)
def _words(language: str) -> Mapping[str, Any]:
    words = load(language).dialogue["moments"]
    return {**words, "units": dict(words["units"]), "counts": dict(words["counts"])}


def words_of_moments(reading: Reading) -> Mapping[str, Any]:
    """Return the language's words for times of day, lengths and repeats."""
    return _words(reading.vocabulary.language)


def moment_in(reading: Reading) -> Moment:
    """Return the moment ahead that a message names; an empty one when it names none."""
    words = words_of_moments(reading)
    found = Moment()
    _length(reading, words, found)
    _repeat(reading, words, found)
    _day(reading, words, found)
    _time(reading, words, found)
    if found:
        _small_words(reading, words, found)
    return found


def as_arguments(reading: Reading, moment: Moment) -> dict[str, JsonValue]:
    """Return a moment as arguments for a reminder: a length in days leads to a day."""
    day = moment.day
    if day is None and (moment.days or moment.months):
        ahead = months_later(reading.context.today, moment.months) + timedelta(days=moment.days)
        day = ahead.isoformat()
    known = {
        "day": day,
        "time": moment.time,
        "minutes": moment.minutes,
        "every": moment.every,
    }
    return {name: value for name, value in known.items() if value is not None}


def as_length(reading: Reading, moment: Moment) -> dict[str, JsonValue]:
    """Return a moment as arguments for an end: a length runs from now on."""
    if not (moment.days or moment.months):
        return as_arguments(reading, moment)
    today = reading.context.today
    days = (months_later(today, moment.months) - today).days + moment.days
    return {"minutes": days * _DAY}


def _length(reading: Reading, words: Mapping[str, Any], found: Moment) -> None:
    """Read "in 2 hours", "half an hour", "for a week"; not "3 days before"."""
    for phrase, minutes in words["lengths"]:
        for first, last in find_runs(reading.texts, runs([phrase])):
            if not _is_before(reading, words, last):
                _keep_length(found, minutes, 1)
                found.take(first, last)
                return
    for place in range(1, len(reading.texts)):
        unit = words["units"].get(reading.texts[place])
        count = _count(reading.texts[place - 1], words)
        each = set(reading.texts[max(0, place - 2) : place - 1]) & set(words["each"])
        if unit is None or count is None or each or _is_before(reading, words, place + 1):
            continue
        _keep_length(found, unit, count)
        found.take(place - 1, place + 1)
        return


def _keep_length(found: Moment, unit: int, count: int) -> None:
    if unit == _MONTH:
        found.months = count
    elif unit >= _DAY:
        found.days = unit // _DAY * count
    else:
        found.minutes = unit * count


def _count(text: str, words: Mapping[str, Any]) -> int | None:
    if text.isdecimal() and 0 < int(text) < 1000:
        return int(text)
    number: int | None = words["counts"].get(text)
    return number


def _is_before(reading: Reading, words: Mapping[str, Any], place: int) -> bool:
    return place < len(reading.texts) and reading.texts[place] in words["before"]


def _repeat(reading: Reading, words: Mapping[str, Any], found: Moment) -> None:
    for every, said in words["every"].items():
        for first, last in find_runs(reading.texts, runs(said)):
            found.every = every
            found.take(first, last)
            return


def _day(reading: Reading, words: Mapping[str, Any], found: Moment) -> None:
    """Read the day; "every friday" and "the 5th of every month" say how often as well."""
    days = [piece for piece in pieces_ahead(reading) if is_day(piece.value)]
    known = {place for piece in days for place in range(piece.first, piece.last)}
    ordinals = [one for one in bare_ordinals(reading) if not one.overlaps(known)]
    for piece in (*days, *ordinals):
        if piece.overlaps(found.places) and found.every is None:
            continue
        found.day = piece.value.start.isoformat()
        found.take(piece.first, piece.last)
        each = _each(reading, words, piece)
        if found.every is None and each is not None:
            between = set(reading.texts[each + 1 : piece.last])
            weeks = "2weeks" if between & set(words["other"]) else "week"
            found.every = "month" if piece in ordinals else weeks
            found.take(each, piece.first)
        return
    _span(reading, found)


def repeats_oddly(reading: Reading, moment: Moment) -> bool:
    """Tell whether it is to come again in a way that no reminder does: "every 3 days"."""
    words, texts = words_of_moments(reading), reading.texts
    if moment.every is not None:
        return False
    return any(
        text in words["each"] and _is_odd(texts[place + 1 : place + 3], words)
        for place, text in enumerate(texts)
    )


def _is_odd(texts: tuple[str, ...], words: Mapping[str, Any]) -> bool:
    if texts[:1] and texts[0] in words["odd"]:
        return True
    counted = len(texts) == 2 and (_count(texts[0], words) or texts[0] in words["other"])
    return bool(counted) and texts[1] in words["units"]


def _span(reading: Reading, found: Moment) -> None:
    """Read days that are no single one: "next month" begins one, "by saturday" ends one."""
    today = reading.context.today
    for piece in pieces_ahead(reading):
        near = today < piece.value.last_day <= today + _FARTHEST
        if is_day(piece.value) or piece.overlaps(found.places) or not near:
            continue
        ahead = piece.value.start > today
        found.day = (piece.value.start if ahead else piece.value.last_day).isoformat()
        found.vague = ahead
        found.take(piece.first, piece.last)
        return


def _each(reading: Reading, words: Mapping[str, Any], piece: Piece) -> int | None:
    """Return where a word for "every" stands right before a day or in its words."""
    places = range(max(0, piece.first - 2), piece.last)
    return next((place for place in places if reading.texts[place] in words["each"]), None)


def _time(reading: Reading, words: Mapping[str, Any], found: Moment) -> None:
    """Read the time of day: in figures with a sign for it, or in words ("noon", "tonight")."""
    if found.minutes is not None:
        return
    part = _part_of_day(reading, words, found)
    for clock in _CLOCK.finditer(fold(reading.utterance.lower)):
        piece = _piece(reading, clock.start(), clock.end())
        if piece is None or _taken(piece, found, clock):
            continue
        led = _led(reading, words, piece.first)
        if not (clock["half"] or clock["plain"] or clock["sign"] in (":", "h") or led):
            continue
        last, minute = _past_half(reading, words, piece.last, int(clock["minute"] or 0))
        found.time = f"{_hour(int(clock['hour']), clock['half'], part):02}:{minute:02}"
        found.take(piece.first, last)
        return
    if found.time is None and part:
        found.time = part


def _taken(piece: Piece, found: Moment, clock: re.Match[str]) -> bool:
    """Tell whether figures are a day's; "6pm" never is."""
    return piece.overlaps(found.places) and not clock["half"]


def _led(reading: Reading, words: Mapping[str, Any], first: int) -> bool:
    texts = reading.texts
    return any(texts[max(0, first - len(run)) : first] == run for run in runs(words["at"]))


def _past_half(
    reading: Reading, words: Mapping[str, Any], last: int, minute: int
) -> tuple[int, int]:
    """Read "y media" and "y cuarto" behind an hour."""
    for phrase, minutes in words["past"]:
        for run in runs([phrase]):
            if reading.texts[last : last + len(run)] == run:
                return last + len(run), minutes
    return last, minute


def _part_of_day(reading: Reading, words: Mapping[str, Any], found: Moment) -> str:
    """Return the time that words like "tonight" or "in the morning" stand for, "" without any."""
    for time, said in words["parts"]:
        for first, last in find_runs(reading.texts, runs(said)):
            found.take(first, last)
            return str(time)
    return ""


def _hour(hour: int, half: str | None, part: str) -> int:
    """Return the hour of 24 that is meant: a bare six is the evening's, a nine the morning's."""
    if half:
        return hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 12 or hour == 0:
        return hour % 24
    if part:
        late = part >= "12:30"
        return hour % 12 + 12 if late else hour
    return hour if hour in _MORNINGS or hour == 12 else hour + 12


def _small_words(reading: Reading, words: Mapping[str, Any], found: Moment) -> None:
    """Take the small words before each run of what was read: "on", "at", "in", "until", "for"."""
    small = reading.vocabulary.small | set(words["leads"])
    for first in sorted(_beginnings(found.places)):
        place = first - 1
        while place >= 0 and place not in found.places and reading.texts[place] in small:
            found.places.add(place)
            place -= 1


def _beginnings(places: Iterable[int]) -> list[int]:
    known = set(places)
    return [place for place in known if place - 1 not in known]


def _piece(reading: Reading, start: int, end: int) -> Piece | None:
    inside = [
        place for place, word in enumerate(reading.words) if start <= word.start and word.end <= end
    ]
    return Piece("time", inside[0], inside[-1] + 1, None) if inside else None
