"""A portfolio: holdings in the user's own currency, what is not covered, and what moved it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.investments.holding import Holding
from core.investments.lot import LotMatch
from core.investments.trade import Trade, TradeKind
from core.money import Money, total
from core.rates.rate import Rate, RateBook


@dataclass(frozen=True, slots=True)
class Valued:
    """A holding in the user's own currency: ``value`` is nothing without a price or a rate.

    ``cost`` counts each lot at the rate of the day it was bought. What the value gained over it
    is ``by_price`` (the gain in the security's own currency, at the rate of the day) and
    ``by_currency`` (what the cost itself is worth more or less since); the two add up.
    """

    holding: Holding
    value: Money | None
    cost: Money | None
    by_price: Money | None
    by_currency: Money | None
    rate: Rate | None = None

    @property
    def unrealised(self) -> Money | None:
        """What selling now would gain in the user's own currency, before any fee."""
        if self.value is None or self.cost is None:
            return None
        return self.value - self.cost

    @property
    def is_held(self) -> bool:
        """Whether there are any pieces left."""
        return bool(self.holding.quantity)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All holdings of a user on a day, in ``currency``.

    The sums are over what is covered; ``unpriced`` and ``unrated`` are what they leave out, for
    want of a price and for want of a rate. What sales, dividends and charges came to is in their
    own currencies wherever a rate of their day is missing, and then not in ``realised``.
    """

    currency: str
    on: date
    items: tuple[Valued, ...]
    realised: Money
    dividends: Money
    fees: Money
    uncounted: frozenset[str] = frozenset()

    @property
    def held(self) -> tuple[Valued, ...]:
        """What there are pieces of, the largest first, what is not covered last."""
        found = [one for one in self.items if one.is_held]
        return tuple(sorted(found, key=_size))

    @property
    def covered(self) -> tuple[Valued, ...]:
        """What has a value in the user's own currency."""
        return tuple(one for one in self.held if one.value is not None)

    @property
    def unpriced(self) -> tuple[Valued, ...]:
        """What nobody has told a price of."""
        return tuple(one for one in self.held if one.holding.price is None)

    @property
    def unrated(self) -> tuple[Valued, ...]:
        """What has a price in a currency without a rate."""
        found = (one for one in self.held if one.holding.price is not None)
        return tuple(one for one in found if one.value is None)

    @property
    def value(self) -> Money:
        """What the covered holdings are worth."""
        return total((one.value for one in self.held if one.value is not None), self.currency)

    @property
    def compared(self) -> tuple[Valued, ...]:
        """What has both a value and a cost in the user's own currency."""
        return tuple(one for one in self.covered if one.cost is not None)

    @property
    def cost(self) -> Money:
        """What those with both a value and a cost did cost."""
        return total((one.cost for one in self.compared if one.cost is not None), self.currency)

    @property
    def unrealised(self) -> Money:
        """What those with both a value and a cost would gain if sold now."""
        gains = (one.unrealised for one in self.compared)
        return total((gain for gain in gains if gain is not None), self.currency)

    @property
    def by_currency(self) -> Money:
        """How much of that is only due to rates between currencies."""
        moves = (one.by_currency for one in self.compared)
        return total((move for move in moves if move is not None), self.currency)

    @property
    def oldest_price(self) -> datetime | None:
        """The moment from which all of the covered prices are known."""
        known = [one.holding.price.at for one in self.covered if one.holding.price is not None]
        return min(known) if known else None

    @property
    def priced_on(self) -> date | None:
        """The day of the oldest price that the value is made of."""
        known = [one.holding.price.on for one in self.covered if one.holding.price is not None]
        return min(known) if known else None

    @property
    def sources(self) -> frozenset[str]:
        """Whose prices the value is made of."""
        found = (one.holding.price for one in self.covered)
        return frozenset(price.source for price in found if price is not None)


def portfolio(found: Iterable[Holding], rates: RateBook, *, currency: str, on: date) -> Portfolio:
    """Return holdings valued in one currency; nothing without a rate is guessed."""
    found = tuple(found)
    items = tuple(_valued(one, rates, currency, on) for one in found)
    realised, lost = _over([m for one in found for m in one.lots.matches], rates, currency)
    paid = [trade for one in found for trade in one.trades]
    dividends, unpaid = _cash(paid, rates, currency, TradeKind.DIVIDEND)
    fees, uncharged = _fees(paid, rates, currency)
    uncounted = frozenset({*lost, *unpaid, *uncharged})
    return Portfolio(currency, on, items, realised, dividends, fees, uncounted)


def _valued(one: Holding, rates: RateBook, currency: str, on: date) -> Valued:
    cost = _cost(one, rates, currency)
    if one.value is None:
        return Valued(one, None, cost, None, None)
    told = _told(rates, one.value, currency, on)
    if told is None:
        return Valued(one, None, cost, None, None)
    value, rate = told
    now = _told(rates, one.cost, currency, on)
    if cost is None or now is None:
        return Valued(one, value, cost, None, None, rate)
    return Valued(one, value, cost, value - now[0], now[0] - cost, rate)


def _cost(one: Holding, rates: RateBook, currency: str) -> Money | None:
    """Return what the open lots cost, each at the rate of its day; nothing if one has none."""
    whole = Money.zero(currency)
    for lot in one.lots.open:
        told = _told(rates, lot.cost, currency, lot.opened_on)
        if told is None:
            return None
        whole += told[0]
    return whole


def _told(
    rates: RateBook, amount: Money, currency: str, on: date
) -> tuple[Money, Rate | None] | None:
    if amount.currency == currency:
        return amount, None
    return rates.value(amount, currency, on)


def _over(
    matches: Sequence[LotMatch], rates: RateBook, currency: str
) -> tuple[Money, frozenset[str]]:
    """Return what sales gained: proceeds at the rate of the sale, cost at that of the purchase."""
    whole, lost = Money.zero(currency), set()
    for match in matches:
        came = _told(rates, match.proceeds, currency, match.closed_on)
        went = _told(rates, match.cost, currency, match.opened_on)
        if came is None or went is None:
            lost.add(match.cost.currency)
        else:
            whole += came[0] - went[0]
    return whole, frozenset(lost)


def _cash(
    trades: Sequence[Trade], rates: RateBook, currency: str, kind: TradeKind
) -> tuple[Money, frozenset[str]]:
    chosen = ((one.cash, one.traded_on) for one in trades if one.kind is kind)
    return _sum(chosen, rates, currency)


def _fees(trades: Sequence[Trade], rates: RateBook, currency: str) -> tuple[Money, frozenset[str]]:
    charges = [(one.fee, one.traded_on) for one in trades if one.fee]
    charges += [(one.amount, one.traded_on) for one in trades if one.kind is TradeKind.FEE]
    return _sum(charges, rates, currency)


def _sum(
    amounts: Iterable[tuple[Money, date]], rates: RateBook, currency: str
) -> tuple[Money, frozenset[str]]:
    whole, lost = Money.zero(currency), set()
    for amount, on in amounts:
        told = _told(rates, amount, currency, on)
        if told is None:
            lost.add(amount.currency)
        else:
            whole += told[0]
    return whole, frozenset(lost)


def _size(one: Valued) -> tuple[bool, int, str]:
    minor = 0 if one.value is None else -one.value.minor
    return (one.value is None, minor, one.holding.security.symbol)
