"""Reads an answer to an open question: a number, a name from the list, or the missing value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.conversation.context import Named, TurnContext
from core.conversation.plan import JsonValue, Option
from intents.ahead import next_day_of_month, ordinal_in
from intents.investing import months_in
from intents.letters import digits_in, email_in
from intents.lexicon import Lexicon, load_lexicon
from intents.other_business import (
    is_other_business,
    is_question,
    reading_of,
    stands_alone,
    without_lead,
)
from intents.sentence import plain_words
from intents.slots.amounts import parse_amounts
from intents.slots.choices import parse_choice
from intents.slots.names import NameContext, match_names
from intents.slots.periods import parse_day, parse_period
from intents.slots.scene import Direction
from intents.split_words import parts_in
from intents.text import read
from intents.vocabulary import tables_of

# Words of one's own (a name, a note) are taken as they are, up to this length.
_FREE_WORDS = 60
_WORDS_OF_A_NAME = 3
_FIGURE = re.compile(r"[\d,]*\.?\d+")


def chosen_number(text: str, count: int, *, bare: bool = False) -> int | None:
    """Return the one number chosen from a list of ``count``; ``bare`` takes figures only."""
    if bare:
        figures = text.strip().rstrip(".)")
        return int(figures) if figures.isdigit() and 0 < int(figures) <= count else None
    picked = parse_choice(text, lexicon=load_lexicon("en"), count=count)
    if picked is None or len(picked.numbers) != 1:
        return None
    return picked.numbers[0]


def chosen_option(text: str, options: Sequence[Option], context: TurnContext) -> Option | None:
    """Return the option whose value or label the user typed."""
    folded = text.strip().strip(".!").casefold()
    for option in options:
        if folded and folded == str(option.value).casefold():
            return option
    labelled = [option for option in options if option.text or option.fields.get("name")]
    names = tuple(
        Named(str(place), option.text or option.fields["name"])
        for place, option in enumerate(labelled)
    )
    if options and all(isinstance(one.value, dict) for one in options) and not _within(text, names):
        return None  # of whole requests, only one that is named: "delete all .." is another
    found = match_names(text, names, context=NameContext.OWN, lexicon=_lexicon(context))
    return labelled[int(found.handle)] if found is not None and found.handle else None


def _within(text: str, names: Sequence[Named]) -> bool:
    """Tell whether one of the names holds every word of a text."""
    said = set(plain_words(text))
    return any(said <= set(plain_words(one.text)) for one in names)


def slot_value(slot: str, context: TurnContext) -> JsonValue | None:
    """Return the value of the expected kind in the message, or nothing."""
    reader = _READERS.get(slot)
    if reader is None or (reader in (_amount, _quantity) and is_question(context)):
        return None  # "who won in 1998?" sets no budget of 1998
    if reader in _NAMES and stands_alone(context):
        return None  # "split 90 dinner 3 ways" chooses no category, "taken 20 from atm" no shop
    return reader(context)


def takes_words(slot: str) -> bool:
    """Tell whether a question takes any words for its answer: a name, a payee, a note."""
    return _READERS.get(slot) in (_words, _called, _payee)


def whole_value(slot: str, text: str, context: TurnContext) -> JsonValue | None:
    """Return the value of the expected kind that a text consists of, with nothing beside it."""
    whole = replace(context, text=text)
    if slot == "booked_date":
        return _past_day(whole, nothing_else=True)
    if slot == "amount":
        return _amount(whole, nothing_else=True)
    if len(text.split()) > _WORDS_OF_A_NAME or any(map(str.isdigit, text)):
        return None
    return slot_value(slot, whole)


def _amount(context: TurnContext, *, nothing_else: bool = False) -> str | None:
    preferences = context.preferences
    lexicon = _lexicon(context)
    found = parse_amounts(
        context.text,
        currency=preferences.currency,
        decimal_comma=lexicon.decimal_comma,
        lexicon=lexicon,
    )
    if not found or (nothing_else and not _is_all(found[0].start, found[0].end, context)):
        return None
    return f"{found[0].value:f}"


def _is_all(start: int, end: int, context: TurnContext) -> bool:
    """Tell whether a span is all that a text says."""
    text = read(context.text).text
    return not (text[:start] + text[end:]).strip(" .,!")


def _category(context: TurnContext) -> str | None:
    return _name(context, context.names.categories)


def _account(context: TurnContext) -> str | None:
    return _name(context, context.names.accounts)


def _merchant(context: TurnContext) -> str | None:
    return _name(context, context.names.merchants)


def _subscription(context: TurnContext) -> str | None:
    return _name(context, context.names.subscriptions)


def _name(context: TurnContext, names: tuple[Named, ...]) -> str | None:
    found = match_names(context.text, names, context=NameContext.OWN, lexicon=_lexicon(context))
    return found.handle if found is not None and found.handle else None


def _period(context: TurnContext) -> str | None:
    preferences = context.preferences
    found = parse_period(
        context.text,
        today=context.today,
        calendar=preferences.calendar,
        lexicon=_lexicon(context),
    )
    return found.period.canonical() if found is not None else None


def _due(context: TurnContext) -> str | None:
    found = parse_day(
        context.text,
        today=context.today,
        calendar=context.preferences.calendar,
        lexicon=_lexicon(context),
        direction=Direction.FUTURE,
    )
    if found is not None:
        return found.period.start.isoformat()
    day = ordinal_in(context.text)
    return None if day is None else next_day_of_month(day, context.today).isoformat()


def _past_day(context: TurnContext, *, nothing_else: bool = False) -> str | None:
    """Read a day that has been: "yesterday", "12 May"."""
    found = parse_day(
        context.text,
        today=context.today,
        calendar=context.preferences.calendar,
        lexicon=_lexicon(context),
        direction=Direction.PAST,
    )
    if found is None or found.period.start > context.today:
        return None
    if nothing_else and not _is_all(found.start, found.end, context):
        return None
    return found.period.start.isoformat()


def _words(context: TurnContext) -> str | None:
    words = read(context.text).text.strip()
    fits = 0 < len(words) <= _FREE_WORDS
    return words if fits and not is_other_business(context) else None


def _called(context: TurnContext) -> str | None:
    """Read what something is called, without "a" or "my" before it."""
    return _words(replace(context, text=without_lead(context, "name_leads")))


def _payee(context: TurnContext) -> str | None:
    """Read what was bought, without "it was for" before it."""
    return _words(replace(context, text=without_lead(context)))


def _quantity(context: TurnContext) -> str | None:
    """Read a number of pieces, or one of the words that stand for one."""
    words = tables_of("en", "dialogue")["stocks"]["quantities"]
    for text in plain_words(context.text):
        if text in words:
            return str(words[text])
        if _FIGURE.fullmatch(text):
            return text.replace(",", "")
    return None


def _months(context: TurnContext) -> str | None:
    found = months_in(context.text, context.preferences.language)
    return None if found is None else str(found)


def _ratio(context: TurnContext) -> str | None:
    pattern = tables_of("en", "dialogue")["stocks"]["ratio"]
    match = re.search(pattern, read(context.text).lower)
    return f"{match[1]}:{match[2]}" if match else None


def _email(context: TurnContext) -> str | None:
    return email_in(read(context.text).text)


def _digits(context: TurnContext) -> str | None:
    return digits_in(read(context.text).text)


def _parts(context: TurnContext) -> list[JsonValue] | None:
    return parts_in(reading_of(context))


def _lexicon(context: TurnContext) -> Lexicon:
    preferences = context.preferences
    return load_lexicon(preferences.language, locale=preferences.locale)


# What a name answers. Whoever gives an amount or an order beside it asks for something else.
_NAMES = frozenset({_category, _account, _merchant, _subscription, _payee})
_READERS: Mapping[str, Callable[[TurnContext], JsonValue | None]] = {
    "amount": _amount,
    "category": _category,
    "account": _account,
    "merchant": _merchant,
    "subscription": _subscription,
    "period": _period,
    "due": _due,
    "booked_date": _past_day,
    "bill": _words,
    "goal": _words,
    "by": _due,
    "source": _category,
    "apr": _amount,
    "least": _amount,
    "name": _called,
    "value": _words,
    "note": _words,
    "payee": _payee,
    "security": _words,
    "quantity": _quantity,
    "price": _amount,
    "ratio": _ratio,
    "months": _months,
    "lot": _words,
    "address": _email,
    "digits": _digits,
    "what": _words,
    "parts": _parts,
    "number": _words,
    "most": _quantity,
}
