"""Reads what limits count: how many times something is allowed, and from when to when."""

from __future__ import annotations

from core.period import Grain, Period
from intents.ahead import pieces_ahead
from intents.filling import Filling
from intents.leads import words_of_counts
from intents.reading import Piece, Reading, is_day

_MOST_TIMES = 200

# Of a list; more are not shown at once.
_MOST_LISTED = 30


def times_of(reading: Reading, place: int) -> int | None:
    """Return how many times a word says: a figure, a number word, "twice"."""
    text = reading.texts[place]
    if text.isdecimal() and len(text) <= 3:
        return int(text)
    often = dict(reading.vocabulary.dialogue["limits"]["times"])
    found: int | None = often.get(text, words_of_counts(reading.vocabulary)["numbers"].get(text))
    return found


def take_times(filling: Filling) -> None:
    """Settle ``most``: the number in the sentence's slot, else the first that is no time."""
    reading = filling.reading
    slotted = [first for first, _ in filling.slots.get("times", ())]
    shut = {
        place for piece in reading.of("period") for place in range(piece.first, piece.last)
    } | filling.used
    places = slotted or [place for place in range(len(reading.texts)) if place not in shut]
    for place in places:
        times = times_of(reading, place)
        if times is not None and 0 < times <= _MOST_TIMES:
            filling.use(Piece("times", place, place + 1, times), "most", times)
            return


def take_budget_days(filling: Filling) -> None:
    """Settle ``starts`` and ``ends``: the days ahead that a budget is for."""
    for piece in pieces_ahead(filling.reading):
        if piece.overlaps(filling.used):
            continue
        days = _days_meant(filling.reading, piece)
        for argument in days:
            filling.use(piece, argument, days[argument])


def _days_meant(reading: Reading, piece: Piece) -> dict[str, str]:
    """Return what a time says: from when, until when, both, or nothing for "this month"."""
    today, period = reading.context.today, piece.value
    if is_day(period):
        return _one_end(reading, piece)
    is_ahead = period.grain is Grain.SPAN or period.start > today
    if period.last_day <= today or not is_ahead or period.grain is Grain.YEAR:
        return {}
    return {"starts": _first(period, today.isoformat()), "ends": period.last_day.isoformat()}


def _first(period: Period, today: str) -> str:
    """Return the first day that is not over."""
    return max(period.start.isoformat(), today)


def _one_end(reading: Reading, piece: Piece) -> dict[str, str]:
    words = reading.vocabulary.dialogue["limits"]
    around = reading.texts[max(0, piece.first - 2) : piece.last]
    day = piece.value.start.isoformat()
    if set(around) & set(words["until"]):
        return {"ends": day}
    return {"starts": day} if set(around) & set(words["from"]) else {}


def take_newest(filling: Filling) -> None:
    """Settle ``newest``: how many the sentence's own slot asks for, in figures or as a word."""
    reading = filling.reading
    for first, last in filling.slots.get("number", ()):
        said = reading.texts[first]
        number = int(said) if said.isdecimal() else times_of(reading, first)
        if number and last == first + 1:
            filling.use(Piece("number", first, last, number), "newest", min(number, _MOST_LISTED))
