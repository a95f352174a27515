"""What a purchase may do: the answer to an authorisation, and how far a capture may differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.cards.card import Card, CardState
from core.ledger.hold import Hold, HoldState
from core.money import Money

# An authorisation that nobody captures is let go after so long.
HOLD_LIFE = timedelta(days=7)
# Kinds of merchants by their ISO 18245 code: where a tip comes on top, and where the pump decides.
_TIPPED = frozenset({"5812", "5813", "5814", "4121", "7230"})
_FUEL = frozenset({"5541", "5542"})
_TIP_PER_CENT = 20
_MOST_FUEL = 150  # in whole units of the currency


class Refusal(StrEnum):
    """Why a purchase was not allowed: a code, whose sentence is in the phrasebook."""

    FROZEN = "frozen"
    NOT_ACTIVE = "not_active"
    OTHER_CURRENCY = "other_currency"
    PER_PURCHASE = "per_purchase"
    PER_DAY = "per_day"
    FUNDS = "funds"


@dataclass(frozen=True, slots=True)
class Purchase:
    """An authorisation as the issuer asks for it."""

    amount: Money
    merchant: str
    mcc: str = ""


def refusal(card: Card, purchase: Purchase, holds: Iterable[Hold], available: Money) -> str:
    """Return why a purchase is refused, nothing when it is allowed.

    ``holds`` are the card's own of the day. A card that is not active never authorises.
    """
    if card.state is CardState.FROZEN:
        return Refusal.FROZEN
    if card.state is not CardState.ACTIVE:
        return Refusal.NOT_ACTIVE
    if purchase.amount.currency != card.currency:
        return Refusal.OTHER_CURRENCY
    if card.per_purchase is not None and card.per_purchase < purchase.amount:
        return Refusal.PER_PURCHASE
    if card.per_day is not None and card.per_day < spent(holds, card.currency) + purchase.amount:
        return Refusal.PER_DAY
    return Refusal.FUNDS if available < purchase.amount else ""


def spent(holds: Iterable[Hold], currency: str) -> Money:
    """Return what holds count towards a limit: what was taken, and what still may be."""
    whole = Money.zero(currency)
    for hold in holds:
        whole += hold.amount if hold.state is HoldState.HELD else hold.captured
    return whole


def most_to_capture(authorised: Money, mcc: str) -> Money:
    """Return the most that may be taken for an authorisation: a tip, or what the pump gave."""
    if mcc in _FUEL:
        return max(authorised, Money.of(_MOST_FUEL, authorised.currency), key=_minor)
    if mcc in _TIPPED:
        return Money(authorised.minor * (100 + _TIP_PER_CENT) // 100, authorised.currency)
    return authorised


def _minor(amount: Money) -> int:
    return amount.minor
