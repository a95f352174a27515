"""What a bank's file says: an account, its lines, its balances, and what was odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.errors import FieldValue
from core.money import Money, total

MAX_DESCRIPTION = 500
MAX_PAYEE = 120


class StatementFormat(StrEnum):
    """The file formats we can read."""

    CSV = "csv"
    OFX = "ofx"
    QFX = "qfx"
    QIF = "qif"
    MT940 = "mt940"
    CAMT = "camt.053"
    XLSX = "xlsx"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class StatementWarning:
    """Something odd that did not stop the reading: a stable ``statement.*`` code and fields."""

    code: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatementAccount:
    """Which account the bank means, as far as the file tells.

    ``number`` is masked to its last four digits when it is a card's, ``kind`` is a value of the
    ledger's account kinds (``checking``, ``savings``, ``card``, ``loan``, ``investment``).
    Everything but ``currency`` is empty when the file does not say.
    """

    number: str
    last4: str
    kind: str
    currency: str
    institution: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One row of a statement, in the bank's words.

    ``amount`` is signed from the account's point of view: negative is money out. ``payee`` is
    empty unless the bank names the other party apart from its text. ``line_number`` is where the
    row begins in the file. ``pending`` rows are not final and may change or vanish.
    """

    booked_date: date
    amount: Money
    description: str
    payee: str = ""
    external_id: str | None = None
    pending: bool = False
    balance: Money | None = None
    line_number: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one account in one currency, as one file gives them.

    ``opening`` and ``closing`` are None unless the bank states them and they can be believed;
    ``as_of`` is the day of the closing balance.
    """

    format: StatementFormat
    account: StatementAccount
    lines: tuple[StatementLine, ...]
    opening: Money | None = None
    closing: Money | None = None
    as_of: date | None = None
    warnings: tuple[StatementWarning, ...] = ()

    @property
    def total_in(self) -> Money:
        """The sum of all money in."""
        return total(self._amounts(sign=1), self.account.currency)

    @property
    def total_out(self) -> Money:
        """The sum of all money out, as a positive amount."""
        return -total(self._amounts(sign=-1), self.account.currency)

    def _amounts(self, *, sign: int) -> Iterable[Money]:
        return (line.amount for line in self.lines if line.amount.minor * sign > 0)
