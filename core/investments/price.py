"""Prices: what one piece was worth, when, and by whose word; what is not known is not guessed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from core.investments.trade import Trade

# A price older than this on the day it is asked for is no price.
MAX_AGE = timedelta(days=366)
# A price older than this is still told, with its day, and called old.
OLD_AFTER = timedelta(days=7)

DEMO = "demo"  # the simulator that comes with the product
FILE = "file"  # a file of prices that the user gave
ALPHA_VANTAGE = "alpha_vantage"
TRADE = "trade"  # what the user paid or got himself


@dataclass(frozen=True, slots=True)
class Price:
    """One piece of ``symbol`` was ``value`` in ``currency``, ``source`` said, on the day ``on``.

    ``at`` is the moment to which the source's quote belongs.
    """

    symbol: str
    value: Decimal
    currency: str
    on: date
    at: datetime
    source: str

    def is_old(self, today: date) -> bool:
        """Tell whether much may have changed since."""
        return today - self.on > OLD_AFTER


class PriceBook:
    """Prices by symbol and day."""

    def __init__(self, prices: Iterable[Price]) -> None:
        """Know ``prices``; of one day the latest quote counts."""
        self._series: dict[str, list[Price]] = {}
        for price in sorted(prices, key=_freshness):
            self._series.setdefault(price.symbol, []).append(price)

    def find(
        self, symbol: str, currency: str, on: date, *, within: timedelta = MAX_AGE
    ) -> Price | None:
        """Return the newest price up to a day, nothing when there is none that is young enough.

        A price in another currency than the security is traded in is no price of it.
        """
        series = self._series.get(symbol, [])
        for price in reversed(series[: bisect_right(series, on, key=lambda one: one.on)]):
            if on - price.on > within:
                return None
            if price.currency == currency:
                return price
        return None

    def series(self, symbol: str) -> tuple[Price, ...]:
        """Return all prices of a symbol, oldest first."""
        return tuple(self._series.get(symbol, ()))


def _freshness(price: Price) -> tuple[date, bool, datetime]:
    # What somebody paid is a price of the day only until a source tells the day's own.
    return (price.on, price.source != TRADE, price.at)


def traded_price(symbol: str, trade: Trade) -> Price | None:
    """Return the price that the user's own trade tells, nothing for what has none."""
    value = trade.price
    if value is None:
        return None
    at = datetime.combine(trade.traded_on, time(), UTC)
    return Price(symbol, value, trade.amount.currency, trade.traded_on, at, TRADE)
