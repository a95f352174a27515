"""Tells which of the languages on offer a message is written in, when that is beyond doubt.

The evidence can be explained: everyday words that only one language has. A name or a figure
("netflix?", "50 uber") tells nothing and leaves the user's own language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from intents.text import TokenKind, fold, read

FOLDER = Path(__file__).parent
# So many words of another language, and more than of the user's own, leave no doubt.
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class _Signs:
    words: frozenset[str]
    small: frozenset[str]
    openers: frozenset[str]
    signs: frozenset[str]
    letters: frozenset[str]


def spoken_language(text: str, *, home: str, offered: Collection[str]) -> str:
    """Return the language of ``text`` if it is surely another one of ``offered``, else ``home``."""
    others = [name for name in offered if name != home and (FOLDER / name / "spoken.toml").exists()]
    if not others or not text:
        return home
    utterance = read(text)
    words = [token.text for token in utterance.tokens if token.kind is TokenKind.WORD]
    at_home = _evidence(home, words, utterance.lower)
    found, name = max((_evidence(name, words, utterance.lower), name) for name in others)
    is_enough = found >= _ENOUGH or _is_all(name, words) or (_opens(name, words) and not at_home)
    return name if is_enough and found > at_home else home


def hints_of(language: str, text: str) -> bool:
    """Tell whether ``text`` holds at least one word or sign that only ``language`` has."""
    utterance = read(text)
    words = [fold(token.text) for token in utterance.tokens if token.kind is TokenKind.WORD]
    return _evidence(language, words, utterance.lower) > 0


def _evidence(language: str, words: list[str], lower: str) -> int:
    """Return how many words, letters in words and signs only ``language`` has."""
    signs = _signs(language)
    telling = sum(fold(word) in signs.words for word in words)
    # Articles and the like stand in many names: they only bear out what another word says.
    borne_out = telling > 0 and not signs.small.isdisjoint(words)
    lettered = sum(not signs.letters.isdisjoint(word) for word in words)
    return telling + borne_out + lettered + sum(sign in lower for sign in signs.signs)


def _is_all(language: str, words: list[str]) -> bool:
    """Tell whether a message is nothing but words that only ``language`` has ("hola")."""
    return bool(words) and all(fold(word) in _signs(language).words for word in words)


def _opens(language: str, words: list[str]) -> bool:
    """Tell whether the first of several words asks for something in ``language`` only."""
    return len(words) > 1 and fold(words[0]) in _signs(language).openers


@lru_cache(maxsize=8)
def _signs(language: str) -> _Signs:
    """Read what tells a language; nothing does where it has no such file."""
    path = FOLDER / language / "spoken.toml"
    if not path.exists():
        return _Signs(*[frozenset[str]()] * 5)
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    words = frozenset(map(fold, (*table["words"], *table["openers"])))
    lists = ("small", "openers", "signs", "letters")
    return _Signs(words, *(frozenset(table[name]) for name in lists))
