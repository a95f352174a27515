"""What the cascade says about a payment, and who may say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

UNCATEGORISED = "UNCATEGORISED"


class Source(StrEnum):
    """Which step of the cascade answered; each is trusted more than the next."""

    CASE = "case"
    RULE = "rule"
    MEMORY = "memory"
    DICTIONARY = "dictionary"
    KEYWORD = "keyword"
    MODEL = "model"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Guess:
    """A category with where it comes from and how sure we are, in whole per cent.

    ``reason`` names the evidence: ``case:3``, ``rule:7``, the merchant's name, or the word that
    told.
    """

    category: str
    source: Source
    confidence: int
    reason: str = ""


class CategoryModel(Protocol):
    """Guesses from a name alone what one buys there; learned, for merchants nobody knows."""

    def guess(self, key: str) -> tuple[str, int] | None:
        """Return a category and the chance, in whole per cent, that it is right."""
        ...

    def second(self, key: str, told: str) -> int | None:
        """Return the chance that ``told``, read from the name's words, is right.

        None when the model never learned that category: a fee or a transfer is no shop.
        """
        ...


class TeachableModel(CategoryModel, Protocol):
    """A model that one user's corrections can be laid over."""

    def personal(self, name: str, read: Callable[[], bytes]) -> CategoryModel:
        """Return it as one user taught it; ``name`` is of that user and version alone.

        ``read`` gives that user's weights, when they are not at hand yet.
        """
        ...


UNKNOWN = Guess(UNCATEGORISED, Source.NONE, 0)
