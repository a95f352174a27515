"""One payment to one payee: held first, sent once, and worded only as far as it really came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money
from core.payments.contact import Contact

ACTION = "send_money"
# What may leave in one day of the user's calendar, in whole units of the currency.
DAY_LIMIT = 500
# How long money stays spoken for while nobody knows whether it arrived.
HOLD_LIFE = timedelta(days=30)


class NoRail(FinanceError):
    """Nobody carries money from this installation."""

    code = "payment.no_rail"


class DayLimitReached(FinanceError):
    """More than that does not leave in one day."""

    code = "payment.day_limit"


class PaymentState(StrEnum):
    """How far a payment has come."""

    RESERVED = "reserved"  # the money is held, nothing was sent
    SENT = "sent"  # the provider has it, the payee has not
    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"  # asked for, but nobody can say whether it happened


PAYMENT_MOVES: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.RESERVED: frozenset(
        {
            PaymentState.SENT,
            PaymentState.ACCEPTED,
            PaymentState.FAILED,
            PaymentState.UNKNOWN,
        }
    ),
    PaymentState.SENT: frozenset({PaymentState.ACCEPTED, PaymentState.FAILED}),
    PaymentState.UNKNOWN: frozenset(
        {PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.FAILED}
    ),
    PaymentState.ACCEPTED: frozenset(),
    PaymentState.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. ``key`` is the approval's id: one approval, one payment."""

    key: str
    user_id: UserId
    contact_id: int
    account_id: AccountId
    amount: Money
    state: PaymentState
    hold_id: int
    created_at: datetime
    reference: str = ""


def sources(new: PaymentState) -> tuple[PaymentState, ...]:
    """Return every state from which ``new`` may be reached, for a conditional update."""
    return tuple(old for old, moves in PAYMENT_MOVES.items() if new in moves)


def payment_payload(contact: Contact, account: AccountId, amount: Money) -> dict[str, str | int]:
    """Return the terms of a payment: built for the proposal, and again before it is done."""
    return {
        "name": contact.name,
        "contact": contact.id,
        "number": contact.number,
        "account": int(account),
        "amount_minor": amount.minor,
        "currency": amount.currency,
    }


def check_day(sent_today: Money, amount: Money) -> None:
    """Raise `DayLimitReached` when ``amount`` on top of today's payments is too much."""
    limit = Money.of(DAY_LIMIT, amount.currency)
    if (sent_today + amount).minor > limit.minor:
        raise DayLimitReached(limit=DAY_LIMIT, currency=amount.currency)
