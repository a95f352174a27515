"""Holdings: a view over trades and prices; nothing here is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from core.investments.lot import Lots, lots_of
from core.investments.price import MAX_AGE, Price, PriceBook, traded_price
from core.investments.quantity import EXACT, worth
from core.investments.security import Security
from core.investments.trade import Trade, TradeKind, TradeState
from core.money import Money, total


@dataclass(frozen=True, slots=True)
class Holding:
    """One security of a user on a day: pieces, cost, what it gave and what it is worth.

    ``price`` and ``value`` are nothing when nobody has said what a piece is worth: it is then
    said to be unknown, never counted as nought. All sums are in the security's own currency.
    """

    security: Security
    lots: Lots
    trades: tuple[Trade, ...]
    price: Price | None
    value: Money | None

    @property
    def quantity(self) -> Decimal:
        """How many pieces there are."""
        return self.lots.quantity

    @property
    def cost(self) -> Money:
        """What the pieces that are there cost, fees included."""
        return self.lots.cost(self.security.currency)

    @property
    def unrealised(self) -> Money | None:
        """What selling now would gain, before any fee; nothing without a price."""
        return None if self.value is None else self.value - self.cost

    @property
    def realised(self) -> Money:
        """What sales gained."""
        return self.lots.gained(self.security.currency)

    @property
    def dividends(self) -> Money:
        """What was paid out, after what was kept back."""
        paid = (one.cash for one in self.trades if one.kind is TradeKind.DIVIDEND)
        return total(paid, self.security.currency)

    @property
    def charges(self) -> Money:
        """What was charged for holding it; fees of trades are in cost and proceeds."""
        paid = (-one.cash for one in self.trades if one.kind is TradeKind.FEE)
        return total(paid, self.security.currency)

    @property
    def fees(self) -> Money:
        """All that brokers took: fees of trades and charges."""
        return total((one.fee for one in self.trades), self.security.currency) + total(
            (one.amount for one in self.trades if one.kind is TradeKind.FEE),
            self.security.currency,
        )

    @property
    def gain(self) -> Money | None:
        """All that it brought so far, priced or paid; nothing without a price."""
        if self.unrealised is None:
            return None
        return self.unrealised + self.realised + self.dividends - self.charges


def holdings(
    securities: Iterable[Security], trades: Iterable[Trade], prices: PriceBook, on: date
) -> tuple[Holding, ...]:
    """Return what was held on a day, with what was held before and is sold, by symbol."""
    by_security: dict[int, list[Trade]] = {}
    for trade in trades:
        if trade.state is TradeState.ACTIVE and trade.traded_on <= on:
            by_security.setdefault(trade.security_id, []).append(trade)
    found = [
        holding(security, by_security[security.id], prices, on)
        for security in securities
        if security.id in by_security
    ]
    return tuple(sorted(found, key=lambda one: one.security.symbol))


def holding(security: Security, trades: Sequence[Trade], prices: PriceBook, on: date) -> Holding:
    """Return one security as it was held on a day."""
    lots = lots_of(trades)
    price = price_on(security, trades, prices, on)
    value = None
    if not lots.quantity:
        value = Money.zero(security.currency)
    elif price is not None:
        value = worth(lots.quantity, price.value, security.currency)
    return Holding(security, lots, tuple(trades), price, value)


def price_on(
    security: Security,
    trades: Sequence[Trade],
    prices: PriceBook,
    on: date,
    *,
    within: timedelta = MAX_AGE,
) -> Price | None:
    """Return what a piece was worth on a day: a source's price, or what the user traded at.

    A price from before a split is told in pieces of after it.
    """
    told = prices.find(security.symbol, security.currency, on, within=within)
    own = _own_price(security, trades, on, within)
    if told is None or (own is not None and own.on > told.on):
        told = own
    return None if told is None else after_splits(told, trades, on)


def _own_price(
    security: Security, trades: Sequence[Trade], on: date, within: timedelta
) -> Price | None:
    for trade in sorted(trades, key=lambda one: (one.traded_on, one.id), reverse=True):
        if on - within <= trade.traded_on <= on:
            price = traded_price(security.symbol, trade)
            if price is not None:
                return price
    return None


def after_splits(price: Price, trades: Sequence[Trade], on: date) -> Price:
    """Return a price of before a split in pieces of a day after it."""
    value = price.value
    for trade in trades:
        if trade.kind is TradeKind.SPLIT and price.on < trade.traded_on <= on:
            value = EXACT.divide(EXACT.multiply(value, Decimal(trade.old)), Decimal(trade.new))
    return price if value == price.value else replace(price, value=value)
