"""The merchants we know by name, and how their bank texts begin (``merchants/*.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.payees.normalise import CleanText, normalise
from core.payees.phrases import PhraseTable

_EXACT = "="


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant of the dictionary: its name, its key, and what one buys there."""

    name: str
    key: str
    category: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All merchants, by the beginning of their texts and by whole texts.

    A merchant whose name is an everyday word (Next, Target) is known by whole texts only.
    """

    beginnings: PhraseTable[Merchant]
    whole: dict[str, Merchant]

    def find(self, clean: CleanText) -> Merchant | None:
        """Return the merchant that a bank text names; the longest beginning wins."""
        if not clean.words:
            return None
        return self.whole.get(clean.key) or self.beginnings.match(clean.words)[1]

    def find_anywhere(self, words: Sequence[str]) -> Merchant | None:
        """Return the merchant named somewhere among what a person typed."""
        return self.whole.get(" ".join(words)) or self.beginnings.find(words)[1]


@cache
def dictionary() -> Dictionary:
    """Return the dictionary, read once."""
    beginnings: list[tuple[str, Merchant]] = []
    whole: dict[str, Merchant] = {}
    for phrase, merchant in _entries():
        if phrase.startswith(_EXACT):
            whole.setdefault(phrase.removeprefix(_EXACT), merchant)
        else:
            beginnings.append((phrase, merchant))
    return Dictionary(PhraseTable(beginnings), whole)


def _entries() -> Iterator[tuple[str, Merchant]]:
    """Yield each phrase with its merchant; the name itself unless it stands there as exact."""
    for path in sorted(Path(__file__).with_name("merchants").glob("*.toml")):
        for category, merchants in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for name, phrases in merchants.items():
                clean = normalise(name)
                merchant = Merchant(name, clean.key, category)
                said = " ".join(clean.words)
                if _EXACT + said not in phrases:
                    yield said, merchant
                yield from ((phrase, merchant) for phrase in phrases)
