"""What the cascade says about a payment, and what it knows about one user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

UNCATEGORISED = "UNCATEGORISED"


class Source(StrEnum):
    """Which step of the cascade answered; each is trusted more than the next."""

    RULE = "rule"
    MEMORY = "memory"
    DICTIONARY = "dictionary"
    KEYWORD = "keyword"
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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What one user has taught us: rules, and what they last chose for a merchant, by its key."""

    rules: Mapping[str, MerchantRule] = field(default_factory=dict)
    memory: Mapping[str, str] = field(default_factory=dict)


NOTHING_KNOWN = Knowledge()
UNKNOWN = Guess(UNCATEGORISED, Source.NONE, 0)
