"""What a model's words may stand on: this turn's facts, the user's own message, the days meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.facts import Answer, Fact, FactKind
from core.period import Period
from intents.text import fold
from prompts.draft import REFERENCE

# A name this short is in too many words to be looked for.
SHORTEST_NAME = 3
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a reply may stand on.

    ``names`` are the shops and payees that this user's books know; ``shown`` are the ready texts
    of facts by id; ``days`` are days and periods that the turn is about besides its facts: today,
    and what the calls and the talk were about. ``refused``: something was to be done in this turn
    and was not. ``wished``: the user wanted something done. ``proposed``: something is put to the
    user beside the words. ``phrases`` are our own words for the answers' shapes.
    """

    answers: Sequence[Answer]
    facts: Mapping[str, Fact]
    said: str
    names: Iterable[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    days: tuple[date | Period, ...] = ()
    refused: bool = False
    wished: bool = False
    proposed: bool = False
    phrases: Mapping[str, str] = field(default_factory=dict)


def without_references(text: str) -> str:
    """Return ``text`` with dots where it refers to facts; every place stays where it was."""
    return REFERENCE.sub(lambda found: "\u2026" * len(found[0]), text)


def without_names(text: str, grounds: Grounds) -> str:
    """Return ``text`` with blanks where a known name stands, of the same length.

    A number alone is no name, and a name does not begin or end within a figure.
    """
    folded = text.casefold()
    known = {*grounds.names, *found_names(grounds)}
    # Thousands of shops may be known: most are not even a part of the text.
    near = [one for one in known if len(one) >= SHORTEST_NAME and one.casefold() in folded]
    for name in sorted(near, key=len, reverse=True):
        if _LETTER.search(name) is not None:
            whole = rf"(?<![\w.,]){re.escape(name)}(?!\w|[.,]\d)"
            text = re.sub(whole, lambda found: " " * len(found[0]), text, flags=re.IGNORECASE)
    return text


def found_names(grounds: Grounds) -> Iterator[str]:
    """Give the names that the facts hold, as shown and as kept."""
    for fact in grounds.facts.values():
        if fact.kind is FactKind.NAME:
            yield shown_text(fact, grounds)
            yield str(fact.value).replace("_", " ")


def shown_text(fact: Fact, grounds: Grounds) -> str:
    """Return how a fact reads."""
    return grounds.shown.get(fact.id, str(fact.value))


def local_days(fact: Fact, zone: str) -> tuple[date | Period, ...]:
    """Return the day or the period of a fact, in the user's zone; nothing for other facts."""
    match fact.value:
        case datetime() as moment:
            return (moment.astimezone(ZoneInfo(zone)).date(),)
        case date() | Period() as value:
            return (value,)
        case _:
            return ()


def spaced(text: str) -> str:
    """Return the words of a text, folded, one blank between them."""
    return " ".join(re.findall(r"\w+", fold(text.casefold())))


@lru_cache(maxsize=64)
def levelled(text: str) -> str:
    """Return small letters without accents, of the same length as ``text``."""
    return "".join(map(_level, text))


def _level(character: str) -> str:
    if character.isascii():
        return character.lower()
    small = unicodedata.normalize("NFD", character.lower())[0]
    return "'" if character == "\u2019" else small
