"""A model's arguments read as our tools want them: the user's words for days, names and amounts.

A model copies what the user said; what it stands for is for our grammars to say, with the user's
calendar, language and names. What cannot be read comes back as an error that says how to do it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from rapidfuzz import fuzz, process

from bot.llm.moments import WHEN, MomentUnreadable, read_when, settled_by_when
from core.categories.scheme import USER_PREFIX, is_known
from core.conversation.context import TurnContext
from core.period import PeriodUnreadable, parse_canonical
from intents.answers import slot_value
from intents.reading import lexicon_of
from intents.slots.amounts import parse_amounts
from intents.slots.periods import parse_day, parse_period
from intents.slots.scene import Direction
from tools.spec import ToolSpec

_PLAIN_AMOUNT = re.compile(r"\d+(?:\.\d+)?")
_CLOSEST = 5
_LONGEST = 300
_SAME = frozenset({"previous"})
# Where a day that is left open lies ahead: "kal", "friday".
_LOOK_AHEAD = frozenset({"forecast_balance", "show_bills", "safe_to_spend"})


class ArgumentUnreadable(Exception):
    """One argument cannot be read; ``hint`` says what would be, ``options`` what there is."""

    def __init__(self, name: str, hint: str, options: tuple[str, ...] = ()) -> None:
        """Keep what the model is told."""
        super().__init__(name)
        self.name = name
        self.hint = hint
        self.options = options


def resolved(spec: ToolSpec, arguments: Mapping[str, Any], context: TurnContext) -> dict[str, Any]:
    """Return the arguments as ``spec`` takes them; raise `ArgumentUnreadable`."""
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if value in (None, ""):
            continue
        if name == WHEN and settled_by_when(spec):
            found.update(_when(spec, str(value), context))
            continue
        if name not in spec.arguments.model_fields:
            takes = _takes(spec)
            raise ArgumentUnreadable(name, "unknown_argument", takes)
        if name == "period" and spec.name in _LOOK_AHEAD and isinstance(value, str):
            found[name] = _period(name, value.strip()[:_LONGEST], context, Direction.FUTURE)
            continue
        found[name] = _read(name, value, context) if isinstance(value, str) else value
    _add_currency(spec, arguments, found, context)
    return found


def _takes(spec: ToolSpec) -> tuple[str, ...]:
    """Return the arguments of a tool as a model is told of them."""
    settled = settled_by_when(spec)
    names = (WHEN if name in settled else name for name in spec.arguments.model_fields)
    return tuple(dict.fromkeys(names))


def _when(spec: ToolSpec, value: str, context: TurnContext) -> Mapping[str, Any]:
    try:
        return read_when(spec, value.strip()[:_LONGEST], context)
    except MomentUnreadable:
        raise ArgumentUnreadable(WHEN, "say_it_as_the_user_did_or_iso") from None


def _read(name: str, value: str, context: TurnContext) -> str:
    value = value.strip()[:_LONGEST]
    reader = _READERS.get(name)
    return reader(name, value, context) if reader is not None else value


def _period(
    name: str, value: str, context: TurnContext, direction: Direction = Direction.PAST
) -> str:
    if value in _SAME:
        return value
    try:
        return parse_canonical(value).canonical()
    except PeriodUnreadable:
        pass
    found = parse_period(
        value,
        today=context.today,
        calendar=context.preferences.calendar,
        lexicon=lexicon_of(context),
        direction=direction,
    )
    if found is None:
        raise ArgumentUnreadable(name, "say_it_as_the_user_did_or_iso")
    return found.period.canonical()


def _day(direction: Direction) -> Callable[[str, str, TurnContext], str]:
    def read_day(name: str, value: str, context: TurnContext) -> str:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
        found = parse_day(
            value,
            today=context.today,
            calendar=context.preferences.calendar,
            lexicon=lexicon_of(context),
            direction=direction,
        )
        if found is None:
            raise ArgumentUnreadable(name, "a_day_in_the_users_words_or_iso")
        return found.period.start.isoformat()

    return read_day


def _by(name: str, value: str, context: TurnContext) -> str:
    """Read a day where a goal's end is meant; a way to group is left as it is."""
    try:
        return _day(Direction.FUTURE)(name, value, context)
    except ArgumentUnreadable:
        return value


def _category(name: str, value: str, context: TurnContext) -> str:
    slug = value.upper().replace(" ", "_")
    if is_known(slug):
        return slug
    if value.startswith(USER_PREFIX):
        return value
    found = slot_value("category", replace(context, text=value))
    if found is not None:
        return str(found)
    known = {one.handle: one.text for one in context.names.categories}
    near = process.extract(value, known, scorer=fuzz.WRatio, limit=_CLOSEST)
    raise ArgumentUnreadable(name, "no_such_category", tuple(text for text, _, _ in near))


def _amount(name: str, value: str, context: TurnContext) -> str:
    if _PLAIN_AMOUNT.fullmatch(value):
        return value
    lexicon = lexicon_of(context)
    found = parse_amounts(
        value,
        currency=context.preferences.currency,
        decimal_comma=lexicon.decimal_comma,
        lexicon=lexicon,
    )
    if len(found) != 1:
        raise ArgumentUnreadable(name, "plain_decimal")
    return f"{found[0].value:f}"


def _add_currency(
    spec: ToolSpec, given: Mapping[str, Any], found: dict[str, Any], context: TurnContext
) -> None:
    """Keep the currency that stands in an amount ("12 euros")."""
    amount = given.get("amount")
    if "currency" not in spec.arguments.model_fields or "currency" in found:
        return
    if not isinstance(amount, str) or _PLAIN_AMOUNT.fullmatch(amount):
        return
    lexicon = lexicon_of(context)
    said = parse_amounts(
        amount,
        currency=context.preferences.currency,
        decimal_comma=lexicon.decimal_comma,
        lexicon=lexicon,
    )
    if said and said[0].currency:
        found["currency"] = said[0].currency


_READERS: Mapping[str, Callable[[str, str, TurnContext], str]] = {
    "period": _period,
    "compare_to": _period,
    "booked_date": _day(Direction.PAST),
    "due": _day(Direction.FUTURE),
    "by": _by,
    "category": _category,
    "source": _category,
    **dict.fromkeys(("amount", "minimum", "maximum", "price", "fee", "extra", "least"), _amount),
}
