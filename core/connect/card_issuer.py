"""Issuing cards: what an issuer is asked, and how its events are signed and read."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from core.errors import FinanceError
from core.money import Money

# An event that was signed longer ago is no event any more: it may have been recorded.
_FRESH = timedelta(minutes=5)
_LONGEST = 80
_MCC = 4


class CardEventForged(FinanceError):
    """The signature is missing, wrong or too old."""

    code = "card.event_forged"


class CardEventUnreadable(FinanceError):
    """The event is not one we know the form of."""

    code = "card.event_unreadable"


class CardEventKind(StrEnum):
    """What an issuer tells."""

    AUTHORISATION = "authorisation"
    CAPTURE = "capture"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """What an issuer gives for a new card: its own name for it, and what may be shown."""

    token: str
    last4: str


@dataclass(frozen=True, slots=True)
class CardEvent:
    """One thing an issuer tells of a card. ``authorisation`` joins what belongs together.

    After a capture that is ``final`` nothing more will be taken for it.
    """

    id: str
    kind: CardEventKind
    token: str
    authorisation: str
    amount: Money
    merchant: str
    mcc: str
    final: bool = True


class CardIssuer(Protocol):
    """Somebody who issues cards on our wallets."""

    @property
    def name(self) -> str:
        """Return what it is called, for receipts and the audit."""
        ...

    @property
    def demo(self) -> bool:
        """Tell whether nothing real happens; every answer that it leads to has to say so."""
        ...

    def issue(self, key: str) -> IssuedCard:
        """Issue a card; the same key is the same card."""
        ...


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the signature header of an event: its moment, and a keyed hash over both."""
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={_digest(moment, body, secret)}"


def verified(body: bytes, header: str, secret: str, *, now: datetime) -> CardEvent:
    """Read an event whose signature is good and fresh; raise what is wrong with it."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdecimal() or len(moment) > 12:
        raise CardEventForged
    if not hmac.compare_digest(given.encode(), _digest(moment, body, secret).encode()):
        raise CardEventForged
    if abs(now - datetime.fromtimestamp(int(moment), UTC)) > _FRESH:
        raise CardEventForged
    try:
        return _event(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, FinanceError):
        raise CardEventUnreadable from None


def written(event: CardEvent) -> bytes:
    """Write an event as its issuer sends it; there is no place in it for a card's number."""
    told = {
        "id": event.id,
        "type": event.kind.value,
        "card": event.token,
        "authorisation": event.authorisation,
        "amount": event.amount.minor,
        "currency": event.amount.currency.lower(),
        "merchant": {"name": event.merchant, "category_code": event.mcc},
        "final": event.final,
    }
    return json.dumps(told).encode()


def _event(told: dict[str, Any]) -> CardEvent:
    """Read the fields that we know and drop every other."""
    minor = told["amount"]
    if type(minor) is not int or minor < 0:
        raise CardEventUnreadable
    return CardEvent(
        id=_text(told["id"]),
        kind=CardEventKind(told["type"]),
        token=_text(told["card"]),
        authorisation=_text(told["authorisation"]),
        amount=Money(minor, str(told["currency"]).upper()),
        merchant=str(told["merchant"]["name"])[:_LONGEST],
        mcc=str(told["merchant"].get("category_code", ""))[:_MCC],
        final=told.get("final", True) is not False,
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise CardEventUnreadable
    return value


def _digest(moment: str, body: bytes, secret: str) -> str:
    return hmac.digest(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hex()
