"""What a message's pieces say for and against each request, on top of its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from intents.leads import lead_pieces
from intents.pointing import entry_pointers
from intents.reading import Reading
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
_TAKES_AMOUNT = frozenset({"amount", "minimum", "figure", "parts", "balance", "most"})
_TAKES_DAYS = frozenset({"period", "booked_date"})
# Settings and pauses may speak of hours and months that they do not take as periods.
_FREE_OF_DAYS = frozenset(
    {
        *("set_preference", "set_budget", "pause_budget", "show_budgets", "show_approval"),
        *("add_rule", "set_reminders", "set_habit", "delete_habit"),
        *("add_reminder", "mute_alerts", "snooze_alert"),
    }
)
_TELLS_TIMES = frozenset({"add_reminder", "delete_reminder", "mute_alerts", "snooze_alert"})


@dataclass(frozen=True, slots=True)
class _Signs:
    """What a message holds, as far as it speaks for or against requests."""

    reading: Reading
    amounts: bool
    days: bool
    code: bool
    pointed: bool
    repeats: bool


def nudges(
    reading: Reading, tools: Mapping[str, Intent], shapes: Mapping[str, ToolShape]
) -> dict[str, float]:
    """Return what to add to the score of each request that a tool serves."""
    signs = _signs(reading)
    found: dict[str, float] = {}
    for name, intent in tools.items():
        shape = shapes.get(name)
        if shape is not None:
            found[intent.label] = (
                _slots(signs, shape) + _names(reading, shape) + _form(signs, shape)
            )
    return {label: score for label, score in found.items() if score}


def _signs(reading: Reading) -> _Signs:
    state = reading.context.state
    pointers = entry_pointers(reading)
    repeating = frozenset(reading.vocabulary.dialogue["entry_words"]["repeating"])
    pointed = {place for one in pointers for place in range(one.first, one.last)}
    return _Signs(
        reading=reading,
        # "show 2" and "number 3" hold numbers of a list and no amounts.
        amounts=any(not piece.overlaps(pointed) for piece in reading.of("amount")),
        days=bool(reading.of("period")),
        code=any(not str(piece.value).isalpha() for piece in reading.of("code")),
        pointed=bool(reading.context.reply_to or state.last_entry or pointers),
        repeats=bool(repeating.intersection(reading.texts)),
    )


def _slots(signs: _Signs, shape: ToolShape) -> float:
    """Weigh amounts, days and codes that a tool does not take, or that it misses."""
    score = 0.0
    if signs.amounts:
        score += 0.0 if _takes_amounts(signs, shape) else _UNEXPLAINED_AMOUNT
    elif "amount" in shape.required:
        score += _MISSING_AMOUNT
    if signs.days and not shape.takes & _TAKES_DAYS and shape.name not in _FREE_OF_DAYS:
        score += _UNEXPLAINED_PERIOD
    if signs.code:
        score += _HAS_CODE if "code" in shape.takes else _UNEXPLAINED_CODE
    return score


def _takes_amounts(signs: _Signs, shape: ToolShape) -> bool:
    """Tell whether a tool has a use for the amounts; those of days before are no amounts."""
    if shape.name in _TELLS_TIMES:
        return True  # "2 hours", "at 6"
    if "days" in shape.takes:
        leads = {
            place
            for piece in lead_pieces(signs.reading)
            for place in range(piece.first, piece.last)
        }
        return all(piece.overlaps(leads) for piece in signs.reading.of("amount"))
    return bool(shape.takes & _TAKES_AMOUNT)


def _form(signs: _Signs, shape: ToolShape) -> float:
    """Weigh how it is said: a question, "every Monday", nothing to point at."""
    score = 0.0
    if shape.writes and signs.reading.asks:
        score += _QUESTION_THAT_WRITES
    if shape.name == "add_entry" and signs.repeats:
        score += _EVERY_TIME
    if "entry" in shape.required and not signs.pointed and not signs.reading.of("merchant"):
        score += _NOTHING_TO_POINT_AT
    return score


def _names(reading: Reading, shape: ToolShape) -> float:
    score = 0.0
    if "subscription" in shape.required and not reading.of("subscription", "merchant"):
        score += _MISSING_NAME
    if "category" in shape.required and not reading.of("category"):
        score += _MISSING_NAME
    return score
