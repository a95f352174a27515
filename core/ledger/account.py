"""Accounts: the places money sits, and the coarse nominal ones on the other side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import AccountId, UserId
from core.money import Money


class AccountKind(StrEnum):
    """What an account is to its owner; the last six are the nominal side of the books."""

    CHECKING = "checking"
    SAVINGS = "savings"
    CARD = "card"
    CASH = "cash"
    LOAN = "loan"
    INVESTMENT = "investment"
    UTILITY = "utility"
    WALLET = "wallet"
    EXPENSE = "expense"
    INCOME = "income"
    OPENING = "opening"
    TRANSFER = "transfer"  # clearing: own transfers pass through it and leave it at zero
    EXCHANGE = "exchange"  # conversion between currencies; residue of rounding stays here
    SECURITIES = "securities"  # what was paid for securities and came back for them


NOMINAL_KINDS = frozenset(
    {
        AccountKind.EXPENSE,
        AccountKind.INCOME,
        AccountKind.OPENING,
        AccountKind.TRANSFER,
        AccountKind.EXCHANGE,
        AccountKind.SECURITIES,
    }
)
DEBT_KINDS = frozenset({AccountKind.CARD, AccountKind.LOAN})


class LedgerClass(StrEnum):
    """Who keeps the record: the bank (observed), we (authoritative), or nobody (nominal)."""

    OBSERVED = "observed"
    AUTHORITATIVE = "authoritative"
    NOMINAL = "nominal"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of one user. ``last4`` is all that is ever shown of its number."""

    id: AccountId
    user_id: UserId
    name: str
    kind: AccountKind
    ledger_class: LedgerClass
    currency: str
    institution: str = ""
    last4: str = ""
    active: bool = True

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"account:{self.id}"


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds: ``posted`` by the bank, ``pending`` not yet settled.

    ``held`` is spoken for and will be taken or let go. ``as_of`` is when the source last told us;
    nothing when no row was ever booked.
    """

    account: Account
    posted: Money
    pending: Money
    as_of: datetime | None
    held: Money

    @property
    def available(self) -> Money:
        """What is there once everything pending has settled, less what is spoken for."""
        return self.posted + self.pending - self.held
