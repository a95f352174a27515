"""What the cascade says about a payment, and what it knows about one user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

UNCATEGORISED = "UNCATEGORISED"


class Source(StrEnum):
    """Which step of the cascade answered; each is trusted more than the next."""

    RULE = "rule"
    MEMORY = "memory"
    DICTIONARY = "dictionary"
    KEYWORD = "keyword"
    MODEL = "model"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Guess:
    """A category with where it comes from and how sure we are, in whole per cent.

    ``reason`` names the evidence: ``rule:7``, the merchant's name, or the word that told.
    """

    category: str
    source: Source
    confidence: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MerchantRule:
    """A user's own decision: payments to this merchant belong to this category."""

    id: int
    merchant_key: str
    category: str


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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What there is to go by beside the text.

    What one user has taught us: rules, and what they last chose for a merchant, by its key. And
    the learned model, where one is wired.
    """

    rules: Mapping[str, MerchantRule] = field(default_factory=dict)
    memory: Mapping[str, str] = field(default_factory=dict)
    model: CategoryModel | None = None


NOTHING_KNOWN = Knowledge()
UNKNOWN = Guess(UNCATEGORISED, Source.NONE, 0)
