"""Asking somebody outside to cancel a subscription: what is asked, and what may come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from core.errors import FinanceError
from core.money import Money


class CancellationUnavailable(FinanceError):
    """The provider cannot be reached and has not got the request: it may be sent again."""

    code = "cancellation.unavailable"


class CancellationTimeout(FinanceError):
    """No answer in time: the provider may have the request, so ask with `lookup`, never resend."""

    code = "cancellation.outcome_unknown"


class ReceiptState(StrEnum):
    """What the provider said; none of them means that the charges have stopped."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"  # the provider says it is cancelled; the charges may still come
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ReceiptNote(StrEnum):
    """Why, or what to expect: a code, whose sentence is in the phrasebook."""

    NONE = ""
    IN_PERSON = "in_person"  # must be done at the counter or by letter
    SLOW = "slow"  # may take several days
    PRICE_CHANGED = "price_changed"  # what was approved is not what is charged
    NOT_FOUND = "not_found"  # no such subscription there


@dataclass(frozen=True, slots=True)
class CancellationRequest:
    """What to cancel, exactly as it was approved.

    ``key`` is the approval's own: the same key is the same request, however often it is sent.
    ``paid_until`` is the day of the next charge, up to which the service is paid.
    """

    key: str
    merchant_key: str
    subscription_name: str
    amount: Money
    account_last4: str
    requested_on: date
    paid_until: date | None = None


@dataclass(frozen=True, slots=True)
class CancellationReceipt:
    """What the provider answered.

    ``reference`` is the provider's own number for it. ``effective_on`` is when the service
    ends, if that is known. ``amount_now`` is the price at the provider when it differs. A
    receipt from a simulator says so in ``demo``.
    """

    reference: str
    state: ReceiptState
    effective_on: date | None = None
    note: ReceiptNote = ReceiptNote.NONE
    amount_now: Money | None = None
    demo: bool = False


class CancellationProvider(Protocol):
    """A service that cancels subscriptions for people."""

    @property
    def name(self) -> str:
        """What it is called, for receipts and the audit."""
        ...

    @property
    def demo(self) -> bool:
        """Whether nothing real happens; every answer that it leads to has to say so."""
        ...

    def submit(self, request: CancellationRequest) -> CancellationReceipt:
        """Ask for the cancellation; the same key twice is one request and one receipt.

        Raise `CancellationUnavailable` when it certainly did not get through, and
        `CancellationTimeout` when nobody knows.
        """
        ...

    def lookup(self, key: str) -> CancellationReceipt | None:
        """Return what became of the request with that key, `None` when it never got through."""
        ...
