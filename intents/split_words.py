"""Parts of a split in words: "40 groceries rest home", "30 food, 20 household"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.conversation.plan import JsonValue
from intents.filling import Filling
from intents.pointing import entry_pointers
from intents.reading import Piece, Reading, find_runs, plain_amount
from intents.slots.amounts import Comparison
from intents.vocabulary import runs

_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,2})?")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A thing in the order of the message: an amount, a category or "the rest"."""

    kind: str
    first: int
    last: int
    value: Any


def split_parts(filling: Filling) -> None:
    """Settle ``parts`` when the message says at least two."""
    parts, marks = _read(filling.reading)
    if parts is not None:
        filling.arguments["parts"] = [*parts]
        for mark in marks:
            filling.used.update(range(mark.first, mark.last))


def parts_in(reading: Reading) -> list[JsonValue] | None:
    """Return the parts that a message says, at least two; nothing when it says none."""
    parts, _ = _read(reading)
    return None if parts is None else [*parts]


def _read(reading: Reading) -> tuple[list[dict[str, Any]] | None, list[_Mark]]:
    """Return the parts and the words that say them; a part without amount is the rest."""
    marks = list(_marks(reading))
    amounts = [mark for mark in marks if mark.kind == "amount"]
    categories = [mark for mark in marks if mark.kind == "category"]
    rests = [mark for mark in marks if mark.kind == "rest"]
    if len(amounts) + len(rests) > len(categories) and marks[0].kind == "amount":
        # "split target 60: 40 groceries rest home": the first amount is the whole.
        marks.remove(amounts.pop(0))
    if len(categories) < 2 or len(amounts) + len(rests) < len(categories) - 1:
        return None, marks
    return _paired(marks), marks


def _marks(reading: Reading) -> Iterator[_Mark]:
    words = reading.vocabulary.dialogue["split"]
    found = list(_sizes(reading))
    found += [_category(piece) for piece in reading.of("category")]
    taken = {place for mark in found for place in range(mark.first, mark.last)}
    found += [
        _Mark("rest", first, last, None)
        for first, last in find_runs(reading.texts, runs(words["rest"]))
        if not taken.intersection(range(first, last))
    ]
    yield from sorted(found, key=lambda mark: mark.first)


def _sizes(reading: Reading) -> Iterator[_Mark]:
    """Give amounts, and bare figures that elsewhere would count: "25 of that"."""
    amounts = [
        piece
        for piece in reading.of("amount")
        if piece.value.comparison in (None, Comparison.ABOUT)
    ]
    pointers = entry_pointers(reading, unmarked=True)
    if not any(_NUMBER.fullmatch(reading.texts[one.first]) is None for one in pointers):
        pointers = [one for one in pointers if one.last - one.first > 1 or len(amounts) > 1]
    taken = {place for one in [*amounts, *pointers] for place in range(one.first, one.last)}
    for piece in amounts:
        if not any(piece.overlaps(range(one.first, one.last)) for one in pointers):
            yield _Mark("amount", piece.first, piece.last, plain_amount(piece.value))
    for place, text in enumerate(reading.texts):
        if place not in taken and _NUMBER.fullmatch(text):
            yield _Mark("amount", place, place + 1, text)


def _category(piece: Piece) -> _Mark:
    return _Mark("category", piece.first, piece.last, piece.value[0])


def _paired(marks: list[_Mark]) -> list[dict[str, Any]] | None:
    """Pair amounts and categories that stand side by side, whichever comes first."""
    kinds = [mark.kind for mark in marks]
    half = len(marks) // 2
    if kinds == ["category"] * half + ["amount"] * half and half > 1:
        # "food and clothes, 25 and 35"
        pairs = zip(marks[:half], marks[half:], strict=True)
        return [{"category": one.value, "amount": other.value} for one, other in pairs]
    parts: list[dict[str, Any]] = []
    size: _Mark | None = None
    amount_first = marks[0].kind != "category"
    for mark in marks:
        if mark.kind == "category":
            parts.append({"category": mark.value} | (_amount(size) if amount_first else {}))
            size = None
        elif amount_first:
            size = mark
        elif parts:
            parts[-1] |= _amount(mark)
    without = [part for part in parts if "amount" not in part]
    return parts if len(parts) > 1 and len(without) <= 1 else None


def _amount(mark: _Mark | None) -> dict[str, Any]:
    return {"amount": mark.value} if mark is not None and mark.value else {}
