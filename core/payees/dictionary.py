"""The merchants we know by name: lists kept by hand (``merchants/*.toml``), then `brands`."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, takewhile
from pathlib import Path

from core.payees.brands import brands
from core.payees.normalise import CleanText, normalise
from core.payees.phrases import PhraseTable

_EXACT = "="
# A name run together or cut off is known from so many letters on.
_LONG_ENOUGH = 10
_FEWEST_JOINED = 7
# More names than this that begin alike are no merchant.
_FEW = 6


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

    A merchant whose name is an everyday word (Next, Target) is known by whole texts only. Names of
    several words are known run together as well (``squeezed``), long ones also cut off.
    """

    beginnings: PhraseTable[Merchant]
    whole: dict[str, Merchant]
    squeezed: dict[str, Merchant]
    ordered: list[str]

    def find(self, clean: CleanText) -> Merchant | None:
        """Return the merchant that a bank text names; the longest beginning wins."""
        if not clean.words:
            return None
        found = self.whole.get(clean.key) or self.beginnings.match(clean.words)[1]
        return found or self._run_together(clean.key) or self._cut(clean.key)

    def _run_together(self, key: str) -> Merchant | None:
        """Return whose name lost its gaps (JACKINTHEBOX), or has one too many (KIRKLAND S)."""
        joined = key.replace(" ", "")
        found = self.squeezed.get(joined)
        if found is None and joined != key and len(joined) >= _FEWEST_JOINED:
            found = self.beginnings.get(joined)
        return found

    def _cut(self, key: str) -> Merchant | None:
        """Return whose name a bank cut off: all that begin so must sell the same."""
        if len(key) < _LONG_ENOUGH:
            return None
        at = bisect_left(self.ordered, key)
        alike = list(takewhile(lambda said: said.startswith(key), self.ordered[at : at + _FEW]))
        merchants = [merchant for said in alike if (merchant := self.beginnings.get(said))]
        if not merchants or len({merchant.category for merchant in merchants}) > 1:
            return None
        return merchants[0]

    def find_anywhere(self, words: Sequence[str]) -> Merchant | None:
        """Return the merchant named somewhere among what a person typed."""
        return self.whole.get(" ".join(words)) or self.beginnings.find(words)[1]


def dictionary_without(names: Collection[str]) -> Dictionary:
    """Return the merchants without some: how we fare with names we have never heard of."""
    entries = chain(_kept_by_hand(), _listed())
    return _dictionary((said, merchant) for said, merchant in entries if merchant.name not in names)


def merchants() -> tuple[Merchant, ...]:
    """Return every merchant once; of equal names the first."""
    found: dict[str, Merchant] = {}
    for _, merchant in chain(_kept_by_hand(), _listed()):
        found.setdefault(merchant.name, merchant)
    return tuple(found.values())


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
    table = PhraseTable(beginnings)
    squeezed: dict[str, Merchant] = {}
    for phrase, merchant in table.items():
        if " " in phrase and len(phrase) > _LONG_ENOUGH:
            squeezed.setdefault(phrase.replace(" ", ""), merchant)
    ordered = sorted(phrase for phrase, _ in table.items() if len(phrase) > _LONG_ENOUGH)
    return Dictionary(table, whole, squeezed, ordered)


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
