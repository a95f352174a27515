"""What narrows a question beyond what its tool can be asked: amounts and days are never dropped."""

from __future__ import annotations

from intents.ahead import pieces_ahead
from intents.filling import Filling
from intents.reading import is_day, plain_amount
from intents.slots.amounts import Comparison

# What a list of entries can be narrowed by as a sum can, beside the amounts.
_OF_ENTRIES = frozenset({"period", "category", "merchant", "account"})
_TIMES = frozenset(
    {"period", "compare_to", "booked_date", "due", "day", "until", "starts", "ends", "since", "by"}
)
_FURTHEST_DAYS = 92  # nothing is foretold beyond


def narrowed(filling: Filling) -> str | None:
    """Return the tool that knows what the one meant does not: entries by amount, a day ahead."""
    if filling.intent.tool == "show_spending" and _is_limited(filling):
        return "find_entries"
    if filling.intent.tool != "show_balances":
        return None
    if "account" in filling.arguments and filling.arguments.get("kind") == "savings":
        del filling.arguments["kind"]  # "my savings" is the one account called so
    return "forecast_balance" if _is_of_a_day_ahead(filling) else None


def _is_limited(filling: Filling) -> bool:
    """Take the bounds of "spending over 50", which only the list of entries knows.

    "Did I spend over 50?" asks for the sum all the same.
    """
    if filling.reading.asks:
        return False
    bounds = {Comparison.OVER: "minimum", Comparison.UNDER: "maximum"}
    limited = [piece for piece in filling.free("amount") if piece.value.comparison in bounds]
    for piece in limited:
        filling.use(piece, bounds[piece.value.comparison], plain_amount(piece.value))
    if limited:
        for name in filling.arguments.keys() - _OF_ENTRIES - {"minimum", "maximum"}:
            del filling.arguments[name]
    return bool(limited)


def _is_of_a_day_ahead(filling: Filling) -> bool:
    """Take the day of "balance on 5 December": what will be there is foretold, not shown."""
    today = filling.reading.context.today
    for piece in pieces_ahead(filling.reading):
        days = (piece.value.start - today).days
        if is_day(piece.value) and 0 < days <= _FURTHEST_DAYS and not piece.overlaps(filling.used):
            filling.use(piece, "period", piece.value.canonical())
            filling.arguments.pop("kind", None)
            return True
    return False


def days_dropped(filling: Filling) -> set[int]:
    """Return the places of times that the tool knows nothing of; now is what it tells anyway."""
    if _TIMES & filling.takes:
        return set()
    today = filling.reading.context.today
    return {
        place
        for piece in filling.reading.of("period")
        if today not in piece.value and not piece.overlaps(filling.used)
        for place in range(piece.first, piece.last)
    }
