"""What to look for in the books, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.ids import AccountId
from core.ledger.entry import Flow
from core.period import Period

# Rows of one answer; more are counted, not listed.
MAX_ROWS = 50


class GroupBy(StrEnum):
    """By what a sum is broken down."""

    NONE = "none"
    CATEGORY = "category"
    MERCHANT = "merchant"
    ACCOUNT = "account"
    MONTH = "month"
    DAY = "day"


class SortBy(StrEnum):
    """Which rows come first."""

    NEWEST = "newest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """Filters over a user's entries; nothing set means everything in the books.

    ``categories`` are slugs, already expanded from a primary one. ``minimum`` and ``maximum``
    are minor units without sign. ``text`` is looked for in payee and description. ``only_guessed``
    are entries whose category is a guess that nobody has confirmed. Without ``refunds``, only money
    that went out.
    """

    period: Period | None = None
    flow: Flow | None = None
    categories: frozenset[str] | None = None
    merchant_key: str | None = None
    account_id: AccountId | None = None
    currency: str | None = None
    text: str = ""
    only_guessed: bool = False
    refunds: bool = True
    minimum: int | None = None
    maximum: int | None = None
    sort: SortBy = SortBy.NEWEST
    offset: int = 0
    limit: int = MAX_ROWS

    def over(self, period: Period) -> EntryQuery:
        """Return the same question about another period."""
        return replace(self, period=period)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum in one currency: ``key`` is the group (slug, merchant key, account id, month)."""

    key: str
    label: str
    currency: str
    minor: int
    rows: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the figures reach: the newest row and how many rows have no category."""

    newest: date | None
    rows: int
    uncategorised: int
