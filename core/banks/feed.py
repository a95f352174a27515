"""What a bank tells through a feed: pages of rows, accounts, and the way to sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from core.ledger.account import AccountKind
from core.money import Money


@dataclass(frozen=True, slots=True)
class LinkOffer:
    """A page of the service where the user signs in at his bank.

    ``url`` is empty where our own page is all there is to see (the simulator's case).
    """

    token: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FeedLink:
    """What a finished sign-in gives: the service's name for the connection, and the secret."""

    reference: str
    access: str


@dataclass(frozen=True, slots=True)
class FeedAccount:
    """An account as the bank tells of it; ``balance`` is from its owner's side, posted rows only.

    What is owed on a card or a loan is negative.
    """

    reference: str
    name: str
    kind: AccountKind
    currency: str
    last4: str
    balance: Money | None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A row as the bank tells of it; negative is out of the account.

    ``settles`` is the reference that the same payment had while it was pending.
    """

    reference: str
    account: str
    booked_date: date
    amount: Money
    description: str
    payee: str = ""
    pending: bool = False
    settles: str = ""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What is new since a cursor; there is more while ``more``."""

    added: tuple[FeedRow, ...]
    changed: tuple[FeedRow, ...]
    removed: tuple[str, ...]
    cursor: str
    more: bool
