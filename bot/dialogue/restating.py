"""Says a call again in a sentence of the user's language: what a yes would do, and all of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from core.conversation.context import Named, Names, TurnContext
from core.conversation.plan import ToolCall
from core.period import PeriodUnreadable, parse_canonical
from intents import vocabulary as vocabularies
from intents.request import restate
from prompts.figures import Style, write_date, write_period
from prompts.phrasebook import Phrasebook

_CATEGORIES = frozenset({"category", "source"})
_HANDLE = re.compile(r"(?:account|subscription|bill):\S+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Of "what is said again" these are told otherwise, or say nothing to a reader.
_TOLD_OTHERWISE = re.compile(r"entry:\d+")
# Choices whose own words need no name before them: "money out".
_SAYS_ITSELF = frozenset({"direction"})
# What stands inside a sentence and not behind its name.
_IN_A_SENTENCE = frozenset({"cadence", "per"})


def in_words(call: ToolCall, context: TurnContext, book: Phrasebook) -> str:
    """Return the request's short form, and behind it what that form has no place for.

    Names, days and choices are written as the user reads them elsewhere: "note 12 lunch,
    category Restaurants, date Tue 12 May" and never "category FOOD_AND_DRINK_RESTAURANT".
    """
    language = context.preferences.language
    known = language in vocabularies.installed()
    own = vocabularies.load(language if known else vocabularies.FIRST)
    intent = own.tools().get(call.tool)
    said = {name: _value(name, value, context, book) for name, value in call.arguments.items()}
    short = intent.restate if intent is not None else ""
    told = restate(intent, said, call.arguments) if intent is not None and short else ""
    # Nothing that a yes would do may go unsaid.
    rest = [
        value if name in _SAYS_ITSELF else f"{_label(name, book)} {value}"
        for name, value in said.items()
        if f"{{{name}}}" not in short and not _TOLD_OTHERWISE.fullmatch(value)
    ]
    return ", ".join([told or call.tool.replace("_", " "), *rest])


def _label(name: str, book: Phrasebook) -> str:
    key = f"word.slot_{name}"
    return book.render(key) if key in book else name.replace("_", " ")


def _value(name: str, value: object, context: TurnContext, book: Phrasebook) -> str:
    """Return a value as it is read: a category's name, a day, a choice; else as it is."""
    text = str(value)
    if name in _CATEGORIES:
        return book.category(text) or text
    if _HANDLE.fullmatch(text):
        return _named(text, context.names)
    wishes = context.preferences
    style = Style(wishes.locale, wishes.zone, context.today, "web", book)
    if _DAY.fullmatch(text):
        return write_date(date.fromisoformat(text), style)
    if name == "period":
        return _period(text, style)
    kinds = ("how_often",) if name in _IN_A_SENTENCE else (name, _KINDS.get(name, "preference"))
    keys = (f"word.{kind}_{text}" for kind in (*kinds, "value"))
    return next((book.render(key) for key in keys if key in book), text)


# Whose words a choice is told by, where its own argument has none.
_KINDS: Mapping[str, str] = {"alerts": "topic", "kind": "trade", "every": "every"}


def _period(text: str, style: Style) -> str:
    try:
        return write_period(parse_canonical(text), style)
    except PeriodUnreadable:
        return text


def _named(handle: str, names: Names) -> str:
    every: tuple[Named, ...] = (*names.accounts, *names.subscriptions, *names.bills)
    return next((one.text for one in every if one.handle == handle), handle)
