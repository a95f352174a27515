"""What a household bought and sold of securities: at the simulator's prices, so always invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.connect.simulated_prices import price_on
from core.investments.known import known_securities
from core.investments.quantity import worth
from core.investments.trade import TradeKind
from core.money import Money
from core.period import months_later

_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Deal:
    """One trade of a recipe: on a ``day`` of the month ``ago`` months before the current one.

    A dividend says what each piece paid, in hundredths of the currency.
    """

    symbol: str
    kind: TradeKind
    ago: int
    day: int
    quantity: str
    fee: int = 0
    each: int = 0


@dataclass(frozen=True, slots=True)
class HouseholdTrade:
    """A trade as it was done: everything that is needed to keep it."""

    symbol: str
    kind: TradeKind
    on: date
    quantity: Decimal
    amount: Money
    fee: Money


def trades_of(deals: Iterable[Deal], today: date) -> Iterator[HouseholdTrade]:
    """Give the trades that have happened by ``today``, each on a day of trading."""
    for deal in deals:
        on = months_later(today.replace(day=1), -deal.ago).replace(day=deal.day)
        while on.weekday() >= _WEEKEND:
            on -= timedelta(days=1)
        if on <= today:
            yield _done(deal, on)


def _done(deal: Deal, on: date) -> HouseholdTrade:
    known = known_securities()[deal.symbol]
    many, fee = Decimal(deal.quantity), Money(deal.fee, known.currency)
    if deal.kind is TradeKind.DIVIDEND:
        paid = Money(round(deal.each * many), known.currency)
        return HouseholdTrade(deal.symbol, deal.kind, on, Decimal(0), paid, fee)
    amount = worth(many, price_on(known, on).value, known.currency)
    return HouseholdTrade(deal.symbol, deal.kind, on, many, amount, fee)
