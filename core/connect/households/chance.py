"""Repeatable chance: the same seed and the same words always give the same number.

Each draw is a hash of the seed and of what it is for, not the next number of a running generator.
So one more pattern in a household changes nothing about the others, a past month looks the same
whatever day it is looked at from, and no Python version can change the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws that depend on ``seed`` and on the words given with each draw, on nothing else."""

    seed: int

    def below(self, limit: int, *words: object) -> int:
        """Return a whole number from 0 up to but not including ``limit``."""
        text = "|".join(str(word) for word in (self.seed, *words))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % limit

    def between(self, low: int, high: int, *words: object) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1, *words)

    def digits(self, count: int, *words: object) -> str:
        """Return ``count`` digits, the first of them not zero."""
        return str(self.between(10 ** (count - 1), 10**count - 1, *words))

    def pick(self, items: Sequence[int], count: int, *words: object) -> list[int]:
        """Return ``count`` different items in their given order (all of them when too few)."""
        ranked = sorted(items, key=lambda item: self.below(2**32, "pick", item, *words))
        chosen = set(ranked[:count])
        return [item for item in items if item in chosen]
