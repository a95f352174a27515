"""Text features without a learning library: word and letter n-grams weighted by rarity."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from intents.hashed import UNKNOWN, HashedNumbers
from intents.text import TokenKind, fold, read

LETTERS = range(2, 6)  # lengths of letter n-grams
_MONEY_SIGNS = "$€£₹¥"


def prepare(text: str) -> str:
    """Return a message as the classifier reads it: plain words, 0 for numbers, ? and money."""
    words: list[str] = []
    for token in read(text).tokens:
        if token.kind is TokenKind.NUMBER:
            words.append("0")
        elif token.kind is TokenKind.WORD:
            words.append(fold(token.text).replace("'", ""))
        elif token.text == "?" or token.text in _MONEY_SIGNS:
            words.append("?" if token.text == "?" else "$")
    return " ".join(words)


def word_terms(prepared: str) -> list[str]:
    """Return words and pairs of neighbours."""
    words = prepared.split()
    return words + [f"{one} {two}" for one, two in pairwise(words)]


def letter_terms(prepared: str) -> list[str]:
    """Return runs of two to five letters inside each word, its edges marked by a blank."""
    terms: list[str] = []
    for word in prepared.split():
        padded = f" {word} "
        for length in LETTERS:
            terms.append(padded[:length])
            if length >= len(padded):
                break
            terms.extend(padded[i : i + length] for i in range(1, len(padded) - length + 1))
    return terms


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The places and rarities of the terms that training kept."""

    places: HashedNumbers
    rarity: NDArray[np.float32]

    def weigh(self, terms: Sequence[str]) -> tuple[list[int], NDArray[np.float32]]:
        """Return the places of known terms and their weights, scaled to length one."""
        counts = Counter(terms)
        found = self.places.find(list(counts))
        known = found != UNKNOWN
        places = found[known]
        dampened = [1.0 + math.log(count) for count in counts.values()]
        weights = np.asarray(dampened, dtype=np.float32)[known] * self.rarity[places]
        length = float(np.linalg.norm(weights))
        return places.tolist(), weights / length if length else weights
