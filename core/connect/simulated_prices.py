"""The price simulator that comes with the product: every price of it is invented and says so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b

from core.investments.known import Known, known_securities
from core.investments.price import DEMO, Price
from core.investments.security import SecurityKind

_EPOCH = date(2024, 1, 1)
_CLOSE = time(20, 0)  # when markets have closed, in UTC
_WEEKEND = 5
# How restless each kind is, for its waves and for its days, in parts of the price.
_RESTLESS: Mapping[SecurityKind, tuple[float, float]] = {
    SecurityKind.STOCK: (0.09, 0.012),
    SecurityKind.ETF: (0.04, 0.006),
    SecurityKind.FUND: (0.04, 0.005),
    SecurityKind.BOND: (0.012, 0.002),
    SecurityKind.CRYPTO: (0.20, 0.025),
    SecurityKind.OTHER: (0.05, 0.008),
}
_PERIODS = (37.0, 91.0, 233.0, 571.0)  # days of the waves; they never fall in step
_GROWTH = 0.07  # a year


@dataclass(frozen=True, slots=True)
class SimulatedPrices:
    """Prices of the listed securities: the same on every machine for the same day.

    Each has its own waves and its own noise over those of the whole market, so that they move
    together a little, as real ones do.
    """

    @property
    def name(self) -> str:
        """The source as it is kept beside each price."""
        return DEMO

    @property
    def invents(self) -> bool:
        """All of it."""
        return True

    @property
    def most_symbols(self) -> int:
        """It costs nothing to ask for all of them."""
        return len(known_securities())

    def quotes(self, wanted: Mapping[str, str], *, now: datetime) -> Iterator[Price]:
        """Give the price of the last trading day's close that is over."""
        on = _last_close(now)
        for symbol in wanted:
            known = known_securities().get(symbol)
            if known is not None:
                yield price_on(known, on)

    def history(self, symbols: Mapping[str, date], last: date) -> Iterator[Price]:
        """Give the closes of all trading days from a day on, by symbol, up to the ``last``."""
        for symbol, first in symbols.items():
            known = known_securities().get(symbol)
            for step in range((last - first).days + 1) if known else ():
                on = first + timedelta(days=step)
                if known is not None and _trades(known, on):
                    yield price_on(known, on)


def price_on(known: Known, on: date) -> Price:
    """Return the invented close of a security on a day."""
    days = (on - _EPOCH).days
    wave, noise = _RESTLESS[known.kind]
    market = _waves("market", days) * 0.5 + _noise("market", on) * 0.5
    own = _waves(known.symbol, days) * wave + _noise(known.symbol, on) * noise
    level = math.exp(_GROWTH * days / 365.0 + own + market * min(wave, 0.1) * 0.6)
    value = known.first_price * Decimal(repr(round(level, 9)))
    places = Decimal("0.01") if value >= 1 else Decimal("0.0001")
    at = datetime.combine(on, _CLOSE, UTC)
    return Price(known.symbol, value.quantize(places), known.currency, on, at, DEMO)


def _last_close(now: datetime) -> date:
    """Return the last day whose close has passed; at weekends that was Friday's."""
    moment = now.astimezone(UTC)
    on = moment.date() if moment.time() >= _CLOSE else moment.date() - timedelta(days=1)
    while on.weekday() >= _WEEKEND:
        on -= timedelta(days=1)
    return on


def _trades(known: Known, on: date) -> bool:
    return known.kind is SecurityKind.CRYPTO or on.weekday() < _WEEKEND


def _waves(key: str, days: int) -> float:
    phases = [_share(f"{key}:{period}") * math.tau for period in _PERIODS]
    return sum(
        math.sin(math.tau * days / period + phase)
        for period, phase in zip(_PERIODS, phases, strict=True)
    ) / len(_PERIODS)


def _noise(key: str, on: date) -> float:
    """Return the mean of three draws between -1 and 1: most days are quiet."""
    draws = [_share(f"{key}:{on.isoformat()}:{draw}") for draw in range(3)]
    return sum(draws) / 1.5 - 1.0


def _share(text: str) -> float:
    digest = blake2b(text.encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48
