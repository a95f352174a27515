"""What a model's words must not claim: acts it cannot do, codes, links, marks, other people."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.llm.acts import Record, claims
from bot.llm.addresses import addresses, without_shops
from bot.llm.declared import declared
from intents.text import fold
from prompts.draft import REFERENCE

SIDES = ("more", "less")
_PLACE = Path(__file__).with_name("claims.toml")
_MENTION = re.compile(r"(?<![\w.])@\w{2,}")
_TAG = re.compile(r"<[a-zA-Z/!][^>]{0,200}>")
_MARKUP = re.compile(r"\*\*|__|`+|^#{1,6}\s+|^\s*[*•]\s+|!?\[[^\]\n]*\]\([^)\n]*\)", re.MULTILINE)
_MORE_BLANKS = re.compile(r"[ \t]{2,}")
# What some models write when they mean to call a tool.
_SPOKEN_CALL = re.compile(r"<tool_call|<function|\"arguments\"\s*:|\bfunctions?\.\w+\(|<\|")


@dataclass(frozen=True, slots=True)
class ClaimWords:
    """The words of all languages: a model may answer in another one than it was asked in."""

    commands: re.Pattern[str]
    sides: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def claim_words() -> ClaimWords:
    """Read the words."""
    tables = tomllib.loads(_PLACE.read_text(encoding="utf-8"))
    commands = [word for table in tables.values() for word in table["commands"]]
    sides = {
        side: re.compile(rf"\b{_any(word for table in tables.values() for word in table[side])}\b")
        for side in SIDES
    }
    return ClaimWords(re.compile(rf"\b{_any(commands)}\b"), sides)


def says_side(text: str, side: str) -> bool:
    """Tell whether words say that something went a way: ``more`` or ``less``."""
    return claim_words().sides[side].search(fold(text.casefold())) is not None


def plain_words(text: str) -> str:
    """Take markup out of a model's words: emphasis, headings, bullets, tags."""
    return _MORE_BLANKS.sub(" ", _MARKUP.sub("", _TAG.sub("", text))).strip()


def is_spoken_call(text: str) -> bool:
    """Tell whether a text is a tool call that was written as an answer."""
    return _SPOKEN_CALL.search(text) is not None


def forbidden(text: str, record: Record | None = None) -> Iterable[str]:
    """Give what may not stand in a reply: addresses, mentions, words of approval, claims of acts.

    ``text`` may refer to facts; ``record`` is what may vouch for an act that was done.
    """
    record = record or Record()
    bare = REFERENCE.sub(" \u2026 ", text)
    yield from addresses(without_shops(bare, record.shops))
    yield from (found[0] for found in _MENTION.finditer(bare))
    yield from (found[0] for found in claim_words().commands.finditer(bare))
    yield from claims(text, record)
    if record.wished or record.refused:
        yield from declared(text, said=record.said, is_shown=record.shown)


def _any(texts: Iterable[str]) -> str:
    """Return a pattern for any of some words, the longer ones first."""
    ordered = sorted(texts, key=len, reverse=True)
    return f"(?:{'|'.join(re.escape(text) for text in ordered)})"
