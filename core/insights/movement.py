"""A row of the books as insights see it: when, to whom, for what, and how much it counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.ledger.entry import Flow


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry, or the part of it that is for one category.

    ``minor`` has the sign that the question asks for: as counted (spending and income count up,
    a refund is negative) or as the account sees it (money out is negative).
    """

    entry_id: int
    account_id: int
    on: date
    minor: int
    currency: str
    flow: Flow
    merchant_key: str
    payee: str
    category: str = ""


def in_order(movements: Iterable[Movement]) -> list[Movement]:
    """Return the movements oldest first, in one order whatever order they came in."""
    return sorted(movements, key=lambda one: (one.on, one.entry_id, one.minor, one.category))
