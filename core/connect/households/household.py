"""What an invented household consists of: a person, accounts, bank rows and budgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.connect.households.trades import HouseholdTrade
from core.errors import FinanceError
from core.money import Money


class UnknownHousehold(FinanceError):
    """There is no invented household of that name."""

    code = "demo.unknown_household"


@dataclass(frozen=True, slots=True)
class HouseholdUser:
    """Who lives here: everything that is needed to open a user."""

    given_name: str
    email: str
    currency: str
    zone: str
    locale: str
    country: str


@dataclass(frozen=True, slots=True)
class HouseholdAccount:
    """One account; ``opening`` is the balance before the first row, a debt is negative.

    ``kind`` is a value of the ledger's account kinds (checking, savings, card, cash, wallet).
    ``number`` is made up and shorter than any card number, so that it can never be one.
    """

    key: str
    name: str
    kind: str
    currency: str
    institution: str
    number: str
    opening: Money

    @property
    def last4(self) -> str:
        """The last four digits, the only part of the number that is ever shown."""
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One line as a bank would give it: ``amount`` is negative when money leaves the account.

    ``merchant`` and ``category`` are what a person would say about the line. They are the truth
    against which our own reading of ``description`` is measured, and are not to be stored.
    """

    account: str
    booked_date: date
    amount: Money
    description: str
    external_id: str
    pending: bool
    merchant: str
    category: str


@dataclass(frozen=True, slots=True)
class HouseholdBudget:
    """What the household means to spend on a category; ``cadence`` weekly, monthly or annual."""

    category: str
    limit: Money
    cadence: str = "monthly"


@dataclass(frozen=True, slots=True)
class Household:
    """A whole household, the same every time for the same day.

    ``truth`` names the subscriptions that are alive today (a trial counts), ``ended`` those
    that stopped within the history; a detector is measured against both.
    """

    name: str
    user: HouseholdUser
    accounts: tuple[HouseholdAccount, ...]
    rows: tuple[HouseholdRow, ...]
    budgets: tuple[HouseholdBudget, ...]
    truth: tuple[str, ...]
    ended: tuple[str, ...]
    trades: tuple[HouseholdTrade, ...] = ()
