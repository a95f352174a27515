"""Days that lie ahead: the same words that look back in a question, read for bills and plans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from core.period import Grain, Period, month_number, period_of
from core.subscriptions.cadence import day_in_month
from intents.reading import Piece, Reading, find_runs, is_day, lexicon_of
from intents.slots.periods import Span, parse_periods
from intents.slots.scene import Direction
from intents.text import Utterance
from intents.vocabulary import runs

_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,2})\s?(?:st|nd|rd|th|er|o|º)(?!\w)")
_LAST = 31


def pieces_ahead(reading: Reading) -> list[Piece]:
    """Return the periods of a message with what was left open placed after today."""
    return [
        piece
        for span in _spans_ahead(reading, reading.utterance)
        if (piece := _piece(reading, span.start, span.end, span.period)) is not None
        and not _only_a_rate(reading, piece)
    ]


def periods_ahead(reading: Reading, words: str) -> list[Period]:
    """Return the periods that some words of a message name by themselves."""
    return [span.period for span in _spans_ahead(reading, words)]


def _spans_ahead(reading: Reading, text: str | Utterance) -> Sequence[Span]:
    return parse_periods(
        text,
        today=reading.context.today,
        calendar=reading.context.preferences.calendar,
        lexicon=lexicon_of(reading.context),
        direction=Direction.FUTURE,
    )


def bare_ordinals(reading: Reading) -> Iterator[Piece]:
    """Give "15th" and "last day" where no period holds them: the next such day of a month."""
    today = reading.context.today
    taken = [piece for piece in reading.of("period") if is_day(piece.value)]
    for match in _ORDINAL.finditer(reading.utterance.lower):
        day = int(match[1])
        piece = 1 <= day <= _LAST and _day_piece(reading, match.start(), match.end(), day, today)
        if piece and not any(piece.overlaps(range(one.first, one.last)) for one in taken):
            yield piece
    for first, last in find_runs(reading.texts, runs(_last_day(reading))):
        yield Piece("due", first, last, _one_day(next_day_of_month(_LAST, today)))


def month_day(reading: Reading, piece: Piece) -> int | None:
    """Return the day of the month that a piece names, and no other date: "the 31st"."""
    said = reading.said(piece.first, piece.last).lower()
    if find_runs(reading.texts[piece.first : piece.last], runs(_last_day(reading))):
        return _LAST
    ordinal = ordinal_in(said) or _counted_day(reading, said)
    return ordinal if ordinal == piece.value.start.day or piece.kind == "due" else None


def _counted_day(reading: Reading, said: str) -> int | None:
    """Return the day in "el día 5", where days of the month are plain numbers."""
    patterns = reading.vocabulary.dialogue["ahead"]["day"]
    found = [match for match in (re.fullmatch(one, said) for one in patterns) if match]
    return int(found[0][1]) if found else None


def ordinal_in(text: str) -> int | None:
    """Return the ordinal in a text that can be a day of a month."""
    match = _ORDINAL.search(text.lower())
    day = int(match[1]) if match else 0
    return day if 1 <= day <= _LAST else None


def next_day_of_month(day: int, today: date) -> date:
    """Return the next day of that number from today on; a shorter month's last day stands in."""
    here = day_in_month(month_number(today), day)
    return here if here >= today else day_in_month(month_number(today) + 1, day)


def _last_day(reading: Reading) -> list[str]:
    words: list[str] = reading.vocabulary.dialogue["ahead"]["last_day"]
    return words


def _only_a_rate(reading: Reading, piece: Piece) -> bool:
    """Tell whether words that look like a day only say how often: "every friday" is both."""
    rates = runs(reading.vocabulary.dialogue["rates"]["words"])
    return reading.texts[piece.first : piece.last] in rates


def _day_piece(reading: Reading, start: int, end: int, day: int, today: date) -> Piece | None:
    first = _piece(reading, start, end, _one_day(next_day_of_month(day, today)))
    if first is None:
        return None
    before = reading.texts[max(0, first.first - 2) : first.first]
    small = reading.vocabulary.small
    lead = 0
    while lead < len(before) and before[-1 - lead] in small:
        lead += 1
    return Piece("due", first.first - lead, first.last, first.value)


def _one_day(day: date) -> Period:
    return period_of(Grain.DAY, day)


def _piece(reading: Reading, start: int, end: int, period: Period) -> Piece | None:
    inside = [place for place, word in enumerate(reading.words) if start <= word.start < end]
    return Piece("period", inside[0], inside[-1] + 1, period) if inside else None
