"""Two shops or kinds of spending held against each other: "uber vs lyft", "food or rent?"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.conversation.plan import JsonValue, ToolCall
from intents.reading import Piece, Reading
from intents.vocabulary import runs

_LONGEST_NAME = 3  # words of a shop that the books do not know


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two: the argument that it is, and its value; ``known`` to the user's books."""

    argument: str
    value: str
    known: bool


def versus(reading: Reading) -> ToolCall | None:
    """Read two names with "vs" between them, or with "and" behind "compare"; else nothing.

    One of them must be known: "arsenal vs chelsea" is about no books.
    """
    words = reading.vocabulary.dialogue["versus"]
    periods = [piece for piece in reading.of("period") if piece.last > piece.first]
    if len(periods) > 1 or reading.of("amount", "account"):
        return None
    dated = {place for piece in periods for place in range(piece.first, piece.last)}
    places = [place for place in range(len(reading.texts)) if place not in dated]
    led = _leading(reading, places, (*words["leads"], *words["around"]))
    is_led = _leading(reading, places, words["leads"]) > _leading(
        reading, places, words["plain_leads"]
    )
    between = words["between_led"] if is_led else words["between"]
    sides = _sides(reading, places[led:], between, words["around"])
    if sides is None and "?" in reading.context.text:
        asked = _sides(reading, places[led:], words["between_asked"], words["around"])
        sides = asked if asked is not None and all(side.known for side in asked) else None
    if sides is None:
        return None
    one, other = sides
    arguments: dict[str, JsonValue] = {one.argument: one.value, "against": other.value}
    if periods:
        arguments["period"] = periods[0].value.canonical()
    return ToolCall("show_spending", arguments)


def _leading(reading: Reading, places: list[int], leads: Iterable[str]) -> int:
    """Return how many of the words at ``places`` the longest lead takes."""
    texts = tuple(reading.texts[place] for place in places)
    return max((len(run) for run in runs(leads) if texts[: len(run)] == run), default=0)


def _sides(
    reading: Reading, places: list[int], between: Iterable[str], around: Iterable[str]
) -> tuple[_Side, _Side] | None:
    """Return the two sides around what stands between them, at least one of them known."""
    divided = _divided(reading, places, between)
    if divided is None:
        return None
    one, other = (_side(reading, side, around) for side in divided)
    if one is None or other is None or not (one.known or other.known):
        return None
    return one, other


def _divided(
    reading: Reading, places: list[int], between: Iterable[str]
) -> tuple[list[int], list[int]] | None:
    """Cut the words at the only place where something stands between two names."""
    texts = tuple(reading.texts[place] for place in places)
    named = {
        place
        for piece in reading.of("category", "merchant")
        for place in range(piece.first, piece.last)
        if piece.last - piece.first > 1  # "food and drink" is one name
    }
    cuts = [
        (at, at + len(run))
        for run in runs(between)
        for at in range(1, len(texts) - len(run))
        if texts[at : at + len(run)] == run and places[at] not in named
    ]
    widest = [
        one
        for one in cuts
        if not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in cuts)
    ]
    if len(widest) != 1:
        return None
    first, last = widest[0]
    return places[:first], places[last:]


def _side(reading: Reading, places: list[int], around: Iterable[str]) -> _Side | None:
    """Return what one side names, without the small words around it."""
    small = runs(around)
    while size := _leading(reading, places, around):
        places = places[size:]
    while places and (reading.texts[places[-1]],) in small:
        places = places[:-1]
    if not places or places[-1] - places[0] + 1 != len(places):
        return None
    first, last = places[0], places[-1] + 1
    for kind in ("category", "merchant"):
        for piece in reading.of(kind):
            if (piece.first, piece.last) == (first, last):
                return _Side(kind, _value(reading, piece), known=True)
    shut = reading.vocabulary.requested | reading.vocabulary.shut
    strange = any(reading.texts[place] in shut for place in places)
    if strange or len(places) > _LONGEST_NAME:
        return None
    return _Side("merchant", reading.said(first, last), known=False)


def _value(reading: Reading, piece: Piece) -> str:
    """Return the one thing a name stands for, else the words, for the tool to ask about."""
    one: str = piece.value[0]
    is_one = piece.kind == "category" or len(piece.value) == 1
    return one if is_one else reading.said(piece.first, piece.last)
