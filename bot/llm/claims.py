"""What a model's words must not claim: acts it cannot do, codes, links, marks, other people."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from intents.text import fold

SIDES = ("more", "less")
_PLACE = Path(__file__).with_name("claims.toml")
_LINK = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b[\w-]+\.(?:com|net|org|io|app|dev|me|ly|co)\b(?:/\S*)?"
)
_MENTION = re.compile(r"(?<![\w.])@\w{2,}")
_TAG = re.compile(r"<[a-zA-Z/!][^>]{0,200}>")
_MARKUP = re.compile(r"\*\*|__|`+|^#{1,6}\s+|^\s*[*•]\s+|!?\[[^\]\n]*\]\([^)\n]*\)", re.MULTILINE)
_MORE_BLANKS = re.compile(r"[ \t]{2,}")
# What some models write when they mean to call a tool.
_SPOKEN_CALL = re.compile(r"<tool_call|<function|\"arguments\"\s*:|\bfunctions?\.\w+\(|<\|")


@dataclass(frozen=True, slots=True)
class ClaimWords:
    """The words of all languages: a model may answer in another one than it was asked in."""

    acts: re.Pattern[str]
    figures: Mapping[str, Decimal]
    commands: re.Pattern[str]
    sides: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def claim_words() -> ClaimWords:
    """Read the words."""
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    acts, figures, commands = [], {}, []
    for table in tables.values():
        done = _any(table["done"])
        # An adverb may stand in between, never a "not".
        acts.append(rf"\b{_any(table['doers'])}\s+(?:(?!not\b|no\b)\w+ly\s+|also\s+)?{done}\b")
        passive = _any(set(table["done"]) - set(table["others"]))
        acts.append(rf"\b{_any(table['passive'])}\s+(?:(?!not\b|no\b)\w+ly\s+)?{passive}\b")
        acts.append(rf"(?:^|[.!?\n]\s*){_any(table['alone'])}\b(?=\s*(?:[.,!:;\n]|$))")
        figures.update({word: Decimal(value) for word, value in table["figures"].items()})
        commands += table["commands"]
    sides = {
        side: re.compile(rf"\b{_any(word for table in tables.values() for word in table[side])}\b")
        for side in SIDES
    }
    return ClaimWords(
        re.compile("|".join(acts)), figures, re.compile(rf"\b{_any(commands)}\b"), sides
    )


def says_side(text: str, side: str) -> bool:
    """Tell whether words say that something went a way: ``more`` or ``less``."""
    return claim_words().sides[side].search(fold(text.casefold())) is not None


def plain_words(text: str) -> str:
    """Take markup out of a model's words: emphasis, headings, bullets, tags."""
    return _MORE_BLANKS.sub(" ", _MARKUP.sub("", _TAG.sub("", text))).strip()


def is_spoken_call(text: str) -> bool:
    """Tell whether a text is a tool call that was written as an answer."""
    return _SPOKEN_CALL.search(text) is not None


def forbidden(text: str) -> Iterable[str]:
    """Give what may not stand in a reply: links, mentions, words of approval, claims of acts."""
    words = claim_words()
    for pattern in (_LINK, _MENTION):
        yield from (found[0] for found in pattern.finditer(text))
    yield from (found[0] for found in words.commands.finditer(text))
    folded = fold(text.casefold().replace("\u2019", "'"))
    yield from (found[0].strip() for found in words.acts.finditer(folded))


def _any(texts: Iterable[str]) -> str:
    """Return a pattern for any of some words, the longer ones first."""
    ordered = sorted(texts, key=len, reverse=True)
    return f"(?:{'|'.join(re.escape(text) for text in ordered)})"
