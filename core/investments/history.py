"""Price history of several securities side by side: closes of the days on which all have one.

What is measured over time (how much prices swing, how they move together) is a statistic and no
amount that anybody owns, so closes and returns are floats here; money never is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.investments.performance import Sources
from core.investments.price import Price
from core.investments.security import Security
from core.investments.trade import Trade, TradeKind
from core.rates.rate import RateMissing

# Returns from one trading day to the next that make about a year; fewer tell too little.
NEEDED_RETURNS = 250
# What is longer ago says little about how things move today.
LONGEST = timedelta(days=1_096)
# More securities than this in one comparison nobody reads, and the estimate gets worse.
MOST_COMPARED = 30
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class History:
    """Closes in one currency, in pieces of the last day: a row for each of ``days``, oldest first.

    A row has one close for each security, in the order of ``securities``. Days on which one of
    them has no price are left out for all, so a return may reach over a few days.
    """

    securities: tuple[Security, ...]
    days: tuple[date, ...]
    closes: tuple[tuple[float, ...], ...]

    @property
    def returns(self) -> int:
        """How many steps from one day to the next there are."""
        return max(len(self.days) - 1, 0)

    @property
    def per_year(self) -> float:
        """How many of the steps make a year."""
        span = (self.days[-1] - self.days[0]).days if self.days else 0
        return self.returns * _DAYS_A_YEAR / span if span else 0.0


@dataclass(frozen=True, slots=True)
class TooShort:
    """A security that is left out, and how many returns it has beside the others."""

    security: Security
    returns: int


@dataclass(frozen=True, slots=True)
class Histories:
    """What can be compared, and what cannot for want of prices."""

    history: History
    too_short: tuple[TooShort, ...]


def histories(
    securities: Sequence[Security],
    trades: Sequence[Trade],
    told: Sources,
    *,
    on: date,
    needed: int = NEEDED_RETURNS,
) -> Histories:
    """Return the history that securities share up to a day.

    Those with the most days come first; one that would leave fewer than ``needed`` returns for
    all is left out, and with it nothing is guessed.
    """
    series = {one.id: _closes(one, trades, told, on) for one in securities}
    ordered = sorted(securities, key=lambda one: (-len(series[one.id]), one.symbol))
    shared: set[date] | None = None
    chosen: list[Security] = []
    too_short: list[TooShort] = []
    for security in ordered:
        days = set(series[security.id])
        together = days if shared is None else shared & days
        if len(together) <= needed:
            too_short.append(TooShort(security, max(len(together) - 1, 0)))
            continue
        shared = together
        chosen.append(security)
    chosen.sort(key=lambda one: one.symbol)
    days_of_all = tuple(sorted(shared or ()))
    closes = tuple(tuple(series[one.id][day] for one in chosen) for day in days_of_all)
    return Histories(History(tuple(chosen), days_of_all, closes), tuple(too_short))


def _closes(
    security: Security, trades: Sequence[Trade], told: Sources, on: date
) -> Mapping[date, float]:
    """Return the closes of a security by day, after splits, in the currency that is counted in."""
    splits = [
        one for one in trades if one.security_id == security.id and one.kind is TradeKind.SPLIT
    ]
    found: dict[date, float] = {}
    for price in told.prices.series(security.symbol):
        if price.currency != security.currency or not on - LONGEST <= price.on <= on:
            continue
        rate = _rate(price, told)
        if rate is not None:
            found[price.on] = float(price.value) * rate * _after_splits(price, splits, on)
    return found


def _rate(price: Price, told: Sources) -> float | None:
    if price.currency == told.currency:
        return 1.0
    try:
        return float(told.rates.find(price.currency, told.currency, price.on).value)
    except RateMissing:
        return None


def _after_splits(price: Price, splits: Sequence[Trade], on: date) -> float:
    """Return what a price is multiplied by to be one of today's pieces."""
    factor = 1.0
    for split in splits:
        if price.on < split.traded_on <= on:
            factor *= split.old / split.new
    return factor
