"""Finds the longest known phrase at a place in a list of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

Value = TypeVar("Value")


class PhraseTable(Generic[Value]):
    """Phrases of one or more words, each with a value; built once, looked up a million times."""

    def __init__(self, phrases: Iterable[tuple[str, Value]]) -> None:
        """Index ``phrases`` (folded words with single spaces); the first of equals wins."""
        self._values: dict[str, Value] = {}
        self._longest: dict[str, int] = {}
        for phrase, value in phrases:
            words = phrase.split()
            self._values.setdefault(phrase, value)
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def __len__(self) -> int:
        """How many phrases there are."""
        return len(self._values)

    def items(self) -> Iterable[tuple[str, Value]]:
        """Return every phrase with its value."""
        return self._values.items()

    def get(self, phrase: str) -> Value | None:
        """Return the value of exactly ``phrase``."""
        return self._values.get(phrase)

    def match(self, words: Sequence[str], start: int = 0) -> tuple[int, Value | None]:
        """Return how many words the longest phrase at ``start`` has (0: none), and its value."""
        longest = self._longest.get(words[start])
        if longest is None:
            return 0, None
        for count in range(min(longest, len(words) - start), 0, -1):
            phrase = words[start] if count == 1 else " ".join(words[start : start + count])
            if phrase in self._values:
                return count, self._values[phrase]
        return 0, None

    def find(self, words: Sequence[str]) -> tuple[int, Value | None]:
        """Return the length and value of the longest phrase anywhere; the first of equals."""
        best: tuple[int, Value | None] = (0, None)
        for start in range(len(words)):
            if words[start] in self._longest:
                found = self.match(words, start)
                if found[0] > best[0]:
                    best = found
        return best
