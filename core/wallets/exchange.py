"""Exchanging between own wallets: a quote with an end, and exactly that quote or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.errors import FinanceError
from core.facts import Fact, day, money, named
from core.ids import AccountId, UserId
from core.money import Money
from core.rates.rate import Rate, shown

ACTION = "exchange_money"
# How long a quote may be taken.
QUOTE_LIFE = timedelta(minutes=15)
# The fee beside the rate, in hundredths of a per cent, rounded up to a whole unit.
FEE_BASIS_POINTS = 50
_WHOLE = 10_000


class QuoteState(StrEnum):
    """How far a quote has come."""

    OPEN = "open"
    USED = "used"


QUOTE_MOVES: dict[QuoteState, frozenset[QuoteState]] = {
    QuoteState.OPEN: frozenset({QuoteState.USED}),
    QuoteState.USED: frozenset(),
}


class QuoteUnknown(FinanceError):
    """There is no such quote, or it is not this user's."""

    code = "exchange.quote_unknown"


class QuoteExpired(FinanceError):
    """The quote's time is over; a new one may have another rate."""

    code = "exchange.quote_expired"


class AmountTooSmall(FinanceError):
    """The amount comes to nothing in the other currency."""

    code = "exchange.too_small"


@dataclass(frozen=True, slots=True)
class Quote:
    """What an exchange would do: ``paid`` and ``fee`` leave one wallet, ``got`` comes into another.

    The fee is a leg of its own, never hidden in the rate.
    """

    id: str
    user_id: UserId
    source_id: AccountId
    target_id: AccountId
    paid: Money
    fee: Money
    got: Money
    rate: Decimal
    rate_source: str
    rate_date: date
    created_at: datetime
    expires_at: datetime
    state: QuoteState = QuoteState.OPEN

    @property
    def cost(self) -> Money:
        """Everything that leaves the source."""
        return self.paid + self.fee

    def is_open(self, now: datetime) -> bool:
        """Tell whether it may still be taken."""
        return self.state is QuoteState.OPEN and now < self.expires_at

    def payload(self) -> dict[str, str | int]:
        """Return exactly what is approved: built for the proposal, and again before it is done."""
        return {
            "quote": self.id,
            "name": f"{self.paid.currency} {self.got.currency}",
            "source": int(self.source_id),
            "target": int(self.target_id),
            "paid_minor": self.paid.minor,
            "paid_currency": self.paid.currency,
            "fee_minor": self.fee.minor,
            "got_minor": self.got.minor,
            "got_currency": self.got.currency,
            "rate": f"{self.rate:f}",
            "expires_at": self.expires_at.isoformat(),
        }

    def facts(self) -> tuple[Fact, ...]:
        """Return what the user is told of it before and after."""
        told = f"1 {self.paid.currency} = {shown(self.rate)} {self.got.currency}"
        return (
            money("amount", self.paid),
            money("got", self.got),
            money("fee", self.fee),
            money("cost", self.cost),
            named("rate", told),
            named("source", self.rate_source),
            day("rate_date", self.rate_date),
            day("until", self.expires_at),
        )


def fee_of(paid: Money) -> Money:
    """Return the fee for an amount: never less than its share."""
    return Money(-(-paid.minor * FEE_BASIS_POINTS // _WHOLE), paid.currency)


def quoted(
    owned: tuple[str, UserId],
    paid: Money,
    rate: Rate,
    wallets: tuple[AccountId, AccountId],
    *,
    now: datetime,
) -> Quote:
    """Return the terms of an exchange as it could be done now; ``owned`` is its id and its user.

    What comes in is cut off to whole units: there and back again never gains.
    """
    got = rate.at_most(paid)
    if paid.minor <= 0 or got.minor <= 0:
        raise AmountTooSmall
    return Quote(
        id=owned[0],
        user_id=owned[1],
        source_id=wallets[0],
        target_id=wallets[1],
        paid=paid,
        fee=fee_of(paid),
        got=got,
        rate=rate.value,
        rate_source=rate.source,
        rate_date=rate.on,
        created_at=now,
        expires_at=now + QUOTE_LIFE,
    )
