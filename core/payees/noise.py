"""What surrounds a merchant's name in bank texts, from ``noise.toml``, ready to look up."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.payees.phrases import PhraseTable


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise by where it stands: before the name, after it, or in an Indian transfer text."""

    before: PhraseTable[bool]
    after: frozenset[str]
    cities: frozenset[str]
    rails: frozenset[str]
    rail_words: frozenset[str]
    banks: frozenset[str]
    numbered: frozenset[str]
    gateways: frozenset[str]
    months: frozenset[str]


@cache
def noise() -> Noise:
    """Return the noise words, read once."""
    path = Path(__file__).with_name("noise.toml")
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    return Noise(
        before=PhraseTable((phrase, True) for phrase in lists["before"]),
        after=frozenset(lists["after"]),
        cities=frozenset(lists["cities"]),
        rails=frozenset(lists["rails"]),
        rail_words=frozenset(lists["rail_words"]),
        banks=frozenset(lists["banks"]),
        numbered=frozenset(lists["numbered"]),
        gateways=frozenset(lists["gateways"]),
        months=frozenset(lists["months"]),
    )
