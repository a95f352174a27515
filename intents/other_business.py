"""Tells a question or an order from a name: "how much did I spend?" is what no goal is called."""

from __future__ import annotations

from core.conversation.context import TurnContext
from intents.reading import Reading, find_runs, lexicon_of, read_message
from intents.vocabulary import FIRST, installed, load, runs

_WORDS_OF_A_REQUEST = 3
_NUMBERS = frozenset({"small", "tens"})


def without_lead(context: TurnContext, words: str = "leads") -> str:
    """Return an answer without "it was for" and the like, or ``words``, before it."""
    reading = reading_of(context)
    size = reading.starts(runs(reading.vocabulary.dialogue["other_business"][words]))
    return reading.said(size, len(reading.texts)) or context.text


def follows_on(context: TurnContext) -> bool:
    """Tell whether a message turns the last question: "and last month", "what about rent"."""
    reading = reading_of(context)
    return reading.starts(runs(reading.vocabulary.dialogue["follow"]["start"])) > 0


def is_question(context: TurnContext) -> bool:
    """Tell whether a message asks something: figures in it are no amounts that anybody gives."""
    return "?" in context.text or reading_of(context).asks


def is_other_business(context: TurnContext) -> bool:
    """Tell whether a message asks or orders something, so that it is no name, payee or note.

    One word alone is a question only with its sign: a goal may be called "Will".
    """
    reading = reading_of(context)
    if "?" in context.text:
        return True
    if len(reading.texts) < 2:
        return False
    if reading.asks or reading.requests or reading.permits:
        return True
    paying = runs(reading.vocabulary.dialogue["entry_words"]["certain"])
    if reading.of("amount") and find_runs(reading.texts, paying):
        return True
    return reading.starts(runs(reading.vocabulary.dialogue["other_business"]["opens"])) > 0


def stands_alone(context: TurnContext) -> bool:
    """Tell whether a message of several words has an amount of its own or begins with an order.

    "7 eleven" is a name all the same.
    """
    reading = reading_of(context)
    if len(reading.texts) < _WORDS_OF_A_REQUEST:
        return False
    words = reading.vocabulary.dialogue
    numbers = lexicon_of(context).amounts.tag(reading.texts[:2])
    spelt = all(any(tag.word_class in _NUMBERS for tag in tags) for tags in numbers)
    gives = bool(reading.of("amount")) or spelt  # "two fifty for bread"
    return gives or reading.texts[0] in words["other_business"]["orders"]


def reading_of(context: TurnContext) -> Reading:
    """Read a message in its user's language, or the first one."""
    language = context.preferences.language
    return read_message(context, load(language if language in installed() else FIRST))
