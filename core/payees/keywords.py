"""The words that tell a category when the merchant is unknown, from ``words.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from core.payees.phrases import PhraseTable


class Told(NamedTuple):
    """The words that told, how many they are, and the category they tell."""

    category: str
    words: str
    length: int


@dataclass(frozen=True, slots=True)
class Keywords:
    """Words by where they hold: either direction, money out, money in, or only in chat."""

    both: PhraseTable[Told]
    out: PhraseTable[Told]
    into: PhraseTable[Told]
    chat: PhraseTable[Told]

    def find(self, words: Sequence[str], *, inflow: bool) -> Told | None:
        """Return what the longest phrase in a bank text tells; words of the direction go first."""
        return _longest(words, self.into if inflow else self.out, self.both)

    def find_typed(self, words: Sequence[str], *, inflow: bool | None) -> Told | None:
        """Return what the longest phrase in a person's words tells; None: either direction."""
        if inflow is None:
            spent = _longest(words, self.chat, self.both, self.out)
            return spent or _longest(words, self.into)
        return _longest(words, self.into if inflow else self.chat, self.both, self.out)


def _longest(words: Sequence[str], *tables: PhraseTable[Told]) -> Told | None:
    best: Told | None = None
    for table in tables:
        count, told = table.find(words)
        if told and (best is None or count > best.length):
            best = told
    return best


@cache
def keywords() -> Keywords:
    """Return the words, read once."""
    path = Path(__file__).with_name("words.toml")
    sections = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = {
        section: PhraseTable(
            (phrase, Told(category, phrase, len(phrase.split())))
            for category, phrases in categories.items()
            for phrase in phrases
        )
        for section, categories in sections.items()
    }
    return Keywords(tables["both"], tables["out"], tables["in"], tables["chat"])
