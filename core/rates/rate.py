"""Rates between currencies: exact decimals with a day and a source, never a guess."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction

from core.errors import FinanceError
from core.money import Money, exponent

# A rate that is older than this on the day it is asked for is no rate.
MAX_AGE = timedelta(days=366)
# A rate is worked out over at most this many others: to euros, from euros, and one of the user's.
_MOST_STEPS = 3
# What is worked out is cut off, never rounded up: there and back again then never gains.
_CUT = Context(prec=16, rounding=ROUND_DOWN)
# Rates outside of this are slips of the finger.
_SMALLEST, _LARGEST = Decimal("0.0000001"), Decimal(10_000_000)

ECB = "ecb"
OXR = "oxr"
USER = "user"
# The sources of shared rates name these in every pair, so a way between any two goes by them.
PIVOTS = frozenset({"EUR", "USD"})


class RateMissing(FinanceError):
    """Nobody has said what this currency is worth; it is left out rather than guessed."""

    code = "money.no_rate"


class RateUnreadable(FinanceError):
    """The rate is not a number above nought, or is one nobody can mean."""

    code = "rates.unreadable"


class SameCurrency(FinanceError):
    """A currency has no rate in itself."""

    code = "rates.same_currency"


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of ``base`` is ``value`` of ``quote``, as ``sources`` said on the day ``on``.

    A rate over several others is as old as the oldest of them.
    """

    base: str
    quote: str
    value: Decimal
    on: date
    sources: frozenset[str]

    @property
    def source(self) -> str:
        """The sources as one word of ours: ``rate_ecb_user``."""
        return "_".join(["rate", *sorted(self.sources)])

    @property
    def told(self) -> str:
        """The rate as it is shown: ``1 USD = 0.9177 EUR``."""
        return f"1 {self.base} = {shown(self.value)} {self.quote}"

    def of(self, amount: Money) -> Money:
        """Return what ``amount`` of the base is in the quote, rounded half to even."""
        return Money(round(self._exact(amount)), self.quote)

    def at_most(self, amount: Money) -> Money:
        """Return what ``amount`` of the base is in the quote, cut off to whole units."""
        return Money(int(self._exact(amount)), self.quote)

    def turned(self) -> Rate:
        """Return the same rate the other way round."""
        value = _CUT.divide(Decimal(1), self.value)
        return replace(self, base=self.quote, quote=self.base, value=value)

    def then(self, other: Rate) -> Rate:
        """Return the rate that leads on by another: to its base and from there on."""
        return Rate(
            self.base,
            other.quote,
            _CUT.multiply(self.value, other.value),
            min(self.on, other.on),
            self.sources | other.sources,
        )

    def _exact(self, amount: Money) -> Fraction:
        if amount.currency != self.base:
            raise ValueError("a rate of another currency")
        places = exponent(self.quote) - exponent(self.base)
        return Fraction(self.value) * amount.minor * Fraction(10) ** places


class RateBook:
    """Rates by pair and day, and the ways between currencies that they make."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        """Know ``rates``; each serves both ways."""
        self._series: dict[tuple[str, str], list[Rate]] = {}
        for rate in sorted(rates, key=lambda one: (one.on, USER in one.sources)):
            self._series.setdefault((rate.base, rate.quote), []).append(rate)
        self._near: dict[str, set[str]] = {}
        for base, quote in self._series:
            self._near.setdefault(base, set()).add(quote)
            self._near.setdefault(quote, set()).add(base)

    def find(self, base: str, quote: str, on: date) -> Rate:
        """Return the rate on a day, the newest up to then; raise `RateMissing`.

        Of several ways the one with the freshest rates counts, then the shortest.
        """
        ways = list(self._ways(base, quote, on))
        if not ways:
            raise RateMissing(currency=base)
        return max(ways, key=lambda way: (way[1].on, -way[0]))[1]

    def value(self, amount: Money, quote: str, on: date) -> tuple[Money, Rate] | None:
        """Return what an amount is in another currency and by which rate, nothing without one."""
        try:
            rate = self.find(amount.currency, quote, on)
        except RateMissing:
            return None
        return rate.of(amount), rate

    def value_days(
        self, amounts: Iterable[tuple[date, Money]], quote: str
    ) -> tuple[Money | None, tuple[Rate, ...]]:
        """Add up amounts at the rate of each one's day; a day without a rate leaves all out."""
        whole, rates = Money.zero(quote), {}
        for on, amount in amounts:
            valued = self.value(amount, quote, on)
            if valued is None:
                return None, ()
            value, rate = valued
            whole += value
            rates[rate.on] = rate
        return whole, tuple(rates.values())

    def _ways(self, base: str, quote: str, on: date) -> Iterator[tuple[int, Rate]]:
        trails: list[tuple[tuple[str, ...], Rate | None]] = [((base,), None)]
        while trails:
            seen, so_far = trails.pop()
            for place in self._near.get(seen[-1], ()):
                step = self._step(seen[-1], place, on) if place not in seen else None
                if step is None:
                    continue
                whole = so_far.then(step) if so_far else step
                if place == quote:
                    yield len(seen), whole
                elif len(seen) < _MOST_STEPS:
                    trails.append(((*seen, place), whole))

    def _step(self, base: str, quote: str, on: date) -> Rate | None:
        there = self._newest(base, quote, on)
        back = self._newest(quote, base, on)
        if back is not None and (there is None or back.on > there.on):
            return back.turned()
        return there

    def _newest(self, base: str, quote: str, on: date) -> Rate | None:
        series = self._series.get((base, quote), [])
        place = bisect_right(series, on, key=lambda rate: rate.on)
        if place == 0 or on - series[place - 1].on > MAX_AGE:
            return None
        return series[place - 1]


def shown(value: Decimal) -> str:
    """Write a rate with as many figures as people use: five that count, without empty noughts."""
    places = max(4 - value.adjusted(), 0)
    text = f"{value.quantize(Decimal(1).scaleb(-places)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def user_rate(base: str, quote: str, value: Decimal, on: date) -> Rate:
    """Return a rate as a user says it; refuse what nobody can mean."""
    exponent(base)
    exponent(quote)
    if base == quote:
        raise SameCurrency(currency=base)
    if not _SMALLEST <= value <= _LARGEST:
        raise RateUnreadable
    return Rate(base, quote, value, on, frozenset({USER}))


def per_unit(value: Decimal, units: Decimal) -> Decimal:
    """Return the rate of one unit when so many ``units`` are ``value``."""
    if units <= 0:
        raise RateUnreadable
    return _CUT.divide(value, units)
