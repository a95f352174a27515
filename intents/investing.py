"""Reads plans of investing: for how long, at which rates, under which cap, from which purchase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from core.period import parse_canonical
from intents.filling import Filling
from intents.plans import narrow_chart, plain_figure
from intents.reading import Piece, Reading, find_runs, is_day
from intents.stocks import course_of, security_places
from intents.vocabulary import tables_of

_MONTHS_A_YEAR = 12
# Words between "lot" and the day it is of: "the lot from the 3rd of march".
_NEAR_LOT = 4


def take_months(filling: Filling) -> None:
    """Settle ``months``: years and months together, or until the end of a year."""
    reading = filling.reading
    words = reading.vocabulary.dialogue["investing"]
    found = [
        (_places(reading, match), number * each)
        for pattern, each in ((words["years"], _MONTHS_A_YEAR), (words["months"], 1))
        for match, number in _counted(reading.utterance.lower, pattern, words["counts"])[:1]
    ]
    match = re.search(words["until"], reading.utterance.lower)
    if match is not None and not found:
        found = [(_places(reading, match), _until(int(match[1]), reading.context.today))]
    if not found or sum(months for _, months in found) < 1:
        return
    for places, _ in found:
        filling.used.update(places)
    every = sorted(place for places, _ in found for place in places)
    piece = Piece("months", every[0], every[-1] + 1, "")
    filling.use(piece, "months", sum(months for _, months in found))


def months_in(text: str, language: str) -> int | None:
    """Return the months that an answer names: "10 years", "18 months"; a bare figure is years."""
    words = tables_of(language, "dialogue")["investing"]
    lower = text.casefold()
    found = [
        number * each
        for pattern, each in ((words["years"], _MONTHS_A_YEAR), (words["months"], 1))
        for _, number in _counted(lower, pattern, words["counts"])[:1]
    ]
    bare = re.fullmatch(r"\s*(\d{1,2})\s*\.?\s*", text)
    return sum(found) or (int(bare[1]) * _MONTHS_A_YEAR if bare else None)


def _until(year: int, today: date) -> int:
    return (year - today.year) * _MONTHS_A_YEAR + _MONTHS_A_YEAR - today.month


def _counted(text: str, pattern: str, counts: dict[str, int]) -> list[tuple[re.Match[str], int]]:
    """Return where a number of something stands, in figures or as a small number word."""
    found = []
    for match in re.finditer(pattern, text):
        number = int(match[1]) if match[1].isdigit() else counts.get(match[1], 0)
        if number:
            found.append((match, number))
    return found


def take_rates(filling: Filling) -> None:
    """Settle inflation and cost, each by the words around its figure, then the growth."""
    for argument in ("inflation", "cost", "growth"):
        if argument in filling.takes and argument not in filling.arguments:
            _take_rate(filling, argument)


def take_cap(filling: Filling) -> None:
    """Settle ``cap``: the per cent that are said."""
    _take_rate(filling, "cap")


def _take_rate(filling: Filling, argument: str) -> None:
    reading = filling.reading
    for pattern in reading.vocabulary.dialogue["investing"][argument]:
        for match in re.finditer(pattern, reading.utterance.lower):
            places = _places(reading, match)
            if places and not filling.used.intersection(places):
                piece = Piece("figure", places[0], places[-1] + 1, "")
                filling.use(piece, argument, plain_figure(reading, match[1]))
                return


def take_lot(filling: Filling) -> None:
    """Settle ``lot``: the day or the number after the word for it, in a sale."""
    reading = filling.reading
    if not _is_sale(filling):
        return
    words = reading.vocabulary.dialogue["investing"]
    for place, text in enumerate(reading.texts):
        if text not in words["lot_nouns"]:
            continue
        piece = _day_after(reading, place)
        if piece is not None:
            filling.use(piece, "lot", piece.value.start.isoformat())
            filling.used.add(place)
            return
        figure = next(_figures_after(reading, place, words["lot_number"]), None)
        if figure is not None:
            filling.use(Piece("lot", place, figure + 1, ""), "lot", reading.texts[figure])
            return


def _is_sale(filling: Filling) -> bool:
    """Tell whether a sale is told: "bought a lot of tesla yesterday" names no purchase."""
    kind = filling.arguments.get("kind")
    cues = filling.intent.cues.get("kind", {}).get("sell", ())
    return kind == "sell" or (kind is None and bool(find_runs(filling.reading.texts, cues)))


def _day_after(reading: Reading, place: int) -> Piece | None:
    days = [piece for piece in reading.of("period") if is_day(piece.value)]
    near = [piece for piece in days if place <= piece.first <= place + _NEAR_LOT]
    return min(near, key=lambda piece: piece.first, default=None)


def _figures_after(reading: Reading, place: int, between: Sequence[str]) -> Iterator[int]:
    """Give the figure right after a word, or after "number" and the like."""
    after = place + 1
    while after < len(reading.texts) and reading.texts[after] in between:
        after += 1
    if after < len(reading.texts) and reading.texts[after].isdecimal():
        yield after


def chart_of(filling: Filling) -> None:
    """Settle whose price a chart is of; what narrows spending does not narrow a price."""
    if filling.arguments.get("of") != "price":
        narrow_chart(filling)
        return
    reading = filling.reading
    words = filling.words_in("security") or filling.words_in("stock")
    place = (words.first, words.last) if words else next(security_places(reading), None)
    if place is None:
        shop = next(iter(reading.of("merchant")), None)
        place = (shop.first, shop.last) if shop else None
    for name in ("category", "merchant", "account", "by"):
        filling.arguments.pop(name, None)
    said = filling.words_in("course")
    period = said and course_of(said.value, reading.context.today)
    if said is not None and period:
        filling.use(said, "period", period.canonical())
    if place is not None:
        first, last = place
        around = reading.vocabulary.dialogue["stocks"]["around"]
        while first < last - 1 and reading.texts[first] in around:
            first += 1
        while first < last - 1 and reading.texts[last - 1] in around:
            last -= 1
        filling.use(Piece("words", first, last, ""), "security", reading.said(first, last))


def leave_now(filling: Filling) -> None:
    """Drop the day of a portfolio that is not over: "up today" asks how it stands."""
    text = filling.arguments.get("period")
    today = filling.reading.context.today
    if isinstance(text, str) and parse_canonical(text).last_day >= today:
        del filling.arguments["period"]


def _places(reading: Reading, match: re.Match[str]) -> list[int]:
    start, end = match.span()
    return [place for place, word in enumerate(reading.words) if start <= word.start < end]
