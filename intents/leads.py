"""Reads how long before: "3 days", "a week and a day", "7, 3 and 1 days", "on the day"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.conversation.plan import JsonValue
from intents.filling import Filling, unknown_name
from intents.reading import Piece, Reading, find_runs
from intents.vocabulary import Vocabulary, load, runs


@lru_cache(maxsize=8)
def _counts(language: str) -> Mapping[str, Any]:
    words = load(language).dialogue["reminders"]
    return {**words, "numbers": dict(words["numbers"]), "units": dict(words["units"])}


def words_of_counts(vocabulary: Vocabulary) -> Mapping[str, Any]:
    """Return the words of a language for numbers and lengths of time, by what they say."""
    return _counts(vocabulary.language)


@dataclass(slots=True)
class _Count:
    """Lead times read so far: the days, numbers still without a unit, and where it ended well."""

    days: list[int]
    waiting: list[int]
    end: int


def lead_pieces(reading: Reading) -> Iterator[Piece]:
    """Give the runs of words that say how long before; their value is the days, as said."""
    words = words_of_counts(reading.vocabulary)
    on_the_day = dict(find_runs(reading.texts, runs(words["on_the_day"])))
    at = 0
    while at < len(reading.texts):
        read = _read(reading, words, on_the_day, at)
        if read.days:
            yield Piece("days", at, read.end, tuple(read.days))
        at = max(read.end, at + 1)


def _read(
    reading: Reading, words: Mapping[str, Any], on_the_day: Mapping[int, int], at: int
) -> _Count:
    """Read lead times from a word on, as far as they go."""
    read, place = _Count([], [], at), at
    while place < len(reading.texts):
        if place in on_the_day:
            read.days.append(0)
            place = read.end = on_the_day[place]
            continue
        text = reading.texts[place]
        number = _number(reading, words, place)
        if number is not None:
            read.waiting.append(number)
        elif text in words["units"] and (read.waiting or _is_before(reading, words, place)):
            read.days += [one * words["units"][text] for one in read.waiting or [1]]
            read.waiting, read.end = [], place + 1
        elif place == at or text not in words["joins"]:
            break
        place += 1
    return read


def _number(reading: Reading, words: Mapping[str, Any], place: int) -> int | None:
    """Return the number a word says; an article is one only right before a unit."""
    text = reading.texts[place]
    if text.isdecimal() and len(text) <= 3:
        return int(text)
    following = reading.texts[place + 1 : place + 2]
    if text in words["articles"]:
        return 1 if following and following[0] in words["units"] else None
    number: int | None = words["numbers"].get(text)
    return number


def _is_before(reading: Reading, words: Mapping[str, Any], place: int) -> bool:
    """Tell whether a unit without a number means one of it: "day before"."""
    return set(reading.texts[place + 1 : place + 2]) <= set(words["before"]) and (
        place + 1 < len(reading.texts)
    )


def take_lead_days(filling: Filling) -> None:
    """Settle ``days``: all lead times of the message, in its order."""
    found = [piece for piece in lead_pieces(filling.reading) if not piece.overlaps(filling.used)]
    if not found:
        return
    days: list[JsonValue] = [one for piece in found for one in piece.value]
    for piece in found:
        filling.use(piece, "days", days)
    said = [filling.reading.said(piece.first, piece.last) for piece in found]
    filling.said["days"] = " ".join(said)


def name_reminded(filling: Filling) -> None:
    """Settle ``bill`` by words that nothing knows: better refused than taken for all bills.

    A word like "stop" beside lead times asks for no end: "3 days before I cancel it".
    """
    if "days" in filling.arguments and not filling.reading.denies:
        filling.arguments.pop("how", None)
    if "bill" not in filling.arguments and not filling.named_only:
        words = unknown_name(filling)
        if words is not None:
            filling.use(words, "bill", filling.reading.said(words.first, words.last))
