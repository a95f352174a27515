"""Rates of Open Exchange Rates: about 170 currencies, for those that the ECB does not quote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from core.connect.breaker import Breaker
from core.connect.rates import RatesUnavailable
from core.currencies import EXPONENTS
from core.rates.rate import OXR, Rate

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 10.0
_MOST_BYTES = 200_000
_SOURCES = frozenset({OXR})


@dataclass(frozen=True, slots=True)
class OpenExchangeRates:
    """The latest rates of the service at ``base_url``; ``app_id`` is the operator's own key."""

    base_url: str
    app_id: str
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def name(self) -> str:
        """The source as it is kept beside each rate."""
        return OXR

    def since(self, day: date | None, *, today: date) -> Iterator[Rate]:
        """Give the latest rates, nothing when those of today are known."""
        if day is not None and day >= today:
            return
        told = self._latest()
        on = min(told.on, today)
        if day is None or on > day:
            yield from told.rates(on)

    def _latest(self) -> _Told:
        if self.breaker.is_open:
            raise RatesUnavailable(source=OXR)
        try:
            told = _read(self._fetch())
        except (httpx.HTTPError, ValueError, KeyError, TypeError, InvalidOperation) as error:
            self.breaker.failed()
            # Only the kind of failure: an address in its text would show the key.
            raise RatesUnavailable(source=OXR, problem=type(error).__name__) from None
        self.breaker.succeeded()
        return told

    def _fetch(self) -> bytes:
        limits = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        # In a header and not in the address: addresses end up in logs.
        headers = {"Authorization": f"Token {self.app_id}"}
        address = f"{self.base_url.rstrip('/')}/api/latest.json"
        with httpx.stream("GET", address, headers=headers, timeout=limits) as response:
            response.raise_for_status()
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError("too long for rates")
        return bytes(body)


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer of the service, read."""

    base: str
    on: date
    values: Mapping[str, Decimal]

    def rates(self, on: date) -> Iterator[Rate]:
        """Give every rate of a currency we know; one that is not above nought is left out."""
        for quote, value in self.values.items():
            if quote in EXPONENTS and quote != self.base and value.is_finite() and value > 0:
                yield Rate(self.base, quote, value, on, _SOURCES)


def _read(body: bytes) -> _Told:
    told: Mapping[str, Any] = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    on = datetime.fromtimestamp(int(told["timestamp"]), UTC).date()
    base = str(told["base"])
    if base not in EXPONENTS:
        raise ValueError("rates of an unknown currency")
    return _Told(base, on, {str(code): Decimal(value) for code, value in told["rates"].items()})
