"""The merchants we know by name: lists kept by hand (``merchants/*.toml``), then `brands`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from core.payees.brands import brands
from core.payees.normalise import CleanText, normalise
from core.payees.phrases import PhraseTable

_EXACT = "="


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant of the dictionary: its name, its key, and what one buys there.

    ``by_hand`` tells the lists kept by hand from the long published one.
    """

    name: str
    key: str
    category: str
    by_hand: bool = True


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
    """Return all merchants we know, read once: the lists kept by hand, then the long list."""
    return _dictionary(chain(_kept_by_hand(), _listed()))


@cache
def curated() -> Dictionary:
    """Return the merchants of the lists kept by hand."""
    return _dictionary(_kept_by_hand())


def _dictionary(entries: Iterable[tuple[str, Merchant]]) -> Dictionary:
    beginnings: list[tuple[str, Merchant]] = []
    whole: dict[str, Merchant] = {}
    for phrase, merchant in entries:
        if phrase.startswith(_EXACT):
            whole.setdefault(phrase.removeprefix(_EXACT), merchant)
        else:
            beginnings.append((phrase, merchant))
    return Dictionary(PhraseTable(beginnings), whole)


def _kept_by_hand() -> Iterator[tuple[str, Merchant]]:
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


def _listed() -> Iterator[tuple[str, Merchant]]:
    """Yield the phrases of the published list; its first phrase is a brand's key."""
    for category, name, phrases in brands():
        merchant = Merchant(name, phrases[0].removeprefix(_EXACT), category, by_hand=False)
        yield from ((phrase, merchant) for phrase in phrases)
