"""Carrying money to a payee: what a provider is asked, and what may come back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.errors import FinanceError
from core.money import Money


class RailUnavailable(FinanceError):
    """The provider cannot be reached and has not got the order: it may be sent again."""

    code = "payment.unavailable"


class RailTimeout(FinanceError):
    """No answer in time: the provider may have it, so ask with `lookup`, never send again."""

    code = "payment.outcome_unknown"


class OrderState(StrEnum):
    """What the provider said."""

    SENT = "sent"  # taken, on its way
    ACCEPTED = "accepted"  # the payee has it
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What to send, exactly as it was approved. The same ``key`` is the same order."""

    key: str
    name: str
    number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """What the provider answered, under its own number."""

    reference: str
    state: OrderState


class PaymentRail(Protocol):
    """A service that carries money to people."""

    @property
    def name(self) -> str:
        """What it is called, for receipts and the audit."""
        ...

    @property
    def demo(self) -> bool:
        """Whether nothing real happens; every answer that it leads to has to say so."""
        ...

    def submit(self, order: PaymentOrder) -> PaymentReceipt:
        """Send it; the same key twice is one order and one receipt.

        Raise `RailUnavailable` when it certainly did not get through, and `RailTimeout` when
        nobody knows.
        """
        ...

    def lookup(self, key: str) -> PaymentReceipt | None:
        """Return what became of the order with that key, `None` when it never got through."""
        ...
