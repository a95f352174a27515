"""Prices of Alpha Vantage: the last trade of a symbol, by its documented function GLOBAL_QUOTE."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from core.connect.breaker import Breaker
from core.connect.prices import PricesUnavailable
from core.errors import FinanceError
from core.investments.price import ALPHA_VANTAGE, Price
from core.investments.quantity import price_of

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 10.0
_MOST_BYTES = 20_000
# The service answers with the day only; by then markets have closed nearly everywhere.
_CLOSE = time(21, 0)
# It says with status 200 that the key is over its limit, or wrong.
_COMPLAINTS = ("Note", "Information", "Error Message")
_SHORTEST_EXCHANGE = 2
_CURRENCIES = {"BSE": "INR", "DEX": "EUR", "FRK": "EUR", "AMS": "EUR", "PAR": "EUR", "TRT": "CAD"}
_BROKEN = (httpx.HTTPError, ValueError, KeyError, TypeError, InvalidOperation, FinanceError)

_log = logging.getLogger(__name__)


class OverLimit(FinanceError):
    """The service will not answer this key any more for now."""

    code = "prices.over_limit"


@dataclass(frozen=True, slots=True)
class AlphaVantage:
    """The service at ``base_url``; ``key`` is the operator's own, ``most_symbols`` its allowance.

    A free key may ask twenty-five times a day: it then serves that many symbols.
    """

    base_url: str
    key: str
    most_symbols: int = 25
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def name(self) -> str:
        """The source as it is kept beside each price."""
        return ALPHA_VANTAGE

    @property
    def invents(self) -> bool:
        """Nothing."""
        return False

    def quotes(self, wanted: Mapping[str, str], *, now: datetime) -> Iterator[Price]:
        """Give the last price of each symbol that the service knows."""
        told = 0
        asked = [one for one in wanted.items() if _listed_in(one[0]) == one[1]]
        for symbol, currency in asked[: self.most_symbols]:
            if self.breaker.is_open:
                break
            price = self._quote(symbol, currency, now)
            if price is not None:
                told += 1
                yield price
        if not told and asked:
            raise PricesUnavailable(source=ALPHA_VANTAGE)

    def _quote(self, symbol: str, currency: str, now: datetime) -> Price | None:
        try:
            price = _read(self._fetch(symbol), symbol, currency, now)
        except _BROKEN as error:
            self.breaker.failed()
            # Only the kind of failure: an address in its text would show the key.
            _log.warning("price_unavailable", extra={"problem": type(error).__name__})
            return None
        self.breaker.succeeded()
        return price

    def _fetch(self, symbol: str) -> bytes:
        limits = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        asked = {"function": "GLOBAL_QUOTE", "symbol": symbol, "apikey": self.key}
        address = f"{self.base_url.rstrip('/')}/query"
        with httpx.stream("GET", address, params=asked, timeout=limits) as response:
            response.raise_for_status()
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError("too long for a quote")
        return bytes(body)


def _listed_in(symbol: str) -> str:
    """Return what a symbol is quoted in, by its exchange: a quote itself names no currency.

    Empty where it is not certain (London quotes in pence or pounds): such a symbol is not asked
    for, because a price in a currency that was guessed would be an invented figure.
    """
    _, _, exchange = symbol.partition(".")
    if len(exchange) < _SHORTEST_EXCHANGE:
        return "USD"  # BRK.B is a class of shares, not an exchange
    return _CURRENCIES.get(exchange, "")


def _read(body: bytes, symbol: str, currency: str, now: datetime) -> Price | None:
    """Read an answer; a symbol that the service does not know has an empty quote."""
    told: Mapping[str, Any] = json.loads(body)
    if any(complaint in told for complaint in _COMPLAINTS):
        raise OverLimit
    quote = told["Global Quote"]
    if not quote:
        return None
    if str(quote["01. symbol"]).upper() != symbol:
        raise ValueError("a quote of another symbol")
    on = min(date.fromisoformat(quote["07. latest trading day"]), now.astimezone(UTC).date())
    at = min(datetime.combine(on, _CLOSE, UTC), now)
    return Price(symbol, price_of(Decimal(quote["05. price"])), currency, on, at, ALPHA_VANTAGE)
