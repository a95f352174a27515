"""What a message's pieces say for and against each request, on top of its words."""

from __future__ import annotations

from collections.abc import Mapping

from intents.pointing import entry_pointers
from intents.reading import Piece, Reading
from intents.request import ToolShape
from intents.vocabulary import Intent

# Found by trying a few values each on the calibration sentences; the classifier's scores lie
# between -1 and 1 for nearly every request.
_UNEXPLAINED_AMOUNT = -0.35
_UNEXPLAINED_PERIOD = -0.15
_MISSING_AMOUNT = -0.5
_MISSING_NAME = -0.25
_UNEXPLAINED_CODE = -0.5
_HAS_CODE = 0.5
_QUESTION_THAT_WRITES = -0.8
_NOTHING_TO_POINT_AT = -0.3
_EVERY_TIME = -0.8  # one entry is not "every Monday"
_TAKES_AMOUNT = frozenset({"amount", "minimum", "figure", "parts", "balance"})
_TAKES_DAYS = frozenset({"period", "booked_date"})
# Settings and pauses may speak of hours and months that they do not take as periods.
_FREE_OF_DAYS = frozenset(
    {"set_preference", "set_budget", "pause_budget", "show_budgets", "show_approval", "add_rule"}
)


def nudges(
    reading: Reading, tools: Mapping[str, Intent], shapes: Mapping[str, ToolShape]
) -> dict[str, float]:
    """Return what to add to the score of each request that a tool serves."""
    repeating = frozenset(reading.vocabulary.dialogue["entry_words"]["repeating"])
    amounts = _amounts(reading)
    days = bool(reading.of("period"))
    code = any(not str(piece.value).isalpha() for piece in reading.of("code"))
    pointed = bool(reading.context.reply_to or reading.context.state.last_entry)
    pointed = pointed or bool(entry_pointers(reading))
    repeats = bool(repeating.intersection(reading.texts))
    found: dict[str, float] = {}
    for name, intent in tools.items():
        shape = shapes.get(name)
        if shape is None:
            continue
        score = _names(reading, shape)
        if amounts:
            score += 0.0 if shape.takes & _TAKES_AMOUNT else _UNEXPLAINED_AMOUNT
        elif "amount" in shape.required:
            score += _MISSING_AMOUNT
        if days and not shape.takes & _TAKES_DAYS and name not in _FREE_OF_DAYS:
            score += _UNEXPLAINED_PERIOD
        if code:
            score += _HAS_CODE if "code" in shape.takes else _UNEXPLAINED_CODE
        if shape.writes and reading.asks:
            score += _QUESTION_THAT_WRITES
        if name == "add_entry" and repeats:
            score += _EVERY_TIME
        if "entry" in shape.required and not pointed and not reading.of("merchant"):
            score += _NOTHING_TO_POINT_AT
        if score:
            found[intent.label] = score
    return found


def _names(reading: Reading, shape: ToolShape) -> float:
    score = 0.0
    if "subscription" in shape.required and not reading.of("subscription", "merchant"):
        score += _MISSING_NAME
    if "category" in shape.required and not reading.of("category"):
        score += _MISSING_NAME
    return score


def _amounts(reading: Reading) -> list[Piece]:
    """Return amounts that are no list numbers: "show 2" and "number 3" hold none."""
    pointed = {
        place
        for pointer in entry_pointers(reading)
        for place in range(pointer.first, pointer.last)
    }
    return [piece for piece in reading.of("amount") if not piece.overlaps(pointed)]
