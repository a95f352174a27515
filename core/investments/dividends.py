"""What securities paid out over some days, each payment at the rate of its day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.investments.security import Security
from core.investments.trade import Trade, TradeKind
from core.money import Money, total
from core.period import Period
from core.rates.rate import RateBook


@dataclass(frozen=True, slots=True)
class Payer:
    """What one security paid: ``paid`` in its own currency, after what was kept back.

    ``value`` is the same in the user's own currency; nothing when a payment has no rate.
    """

    security: Security
    times: int
    paid: Money
    value: Money | None


@dataclass(frozen=True, slots=True)
class Dividends:
    """Everything paid out over some days, the largest payer first, those without a rate last."""

    currency: str
    payers: tuple[Payer, ...]

    @property
    def value(self) -> Money:
        """What the payments with a rate came to in the user's own currency."""
        known = (one.value for one in self.payers if one.value is not None)
        return total(known, self.currency)

    @property
    def times(self) -> int:
        """How many payments there were."""
        return sum(one.times for one in self.payers)

    @property
    def unrated(self) -> tuple[Payer, ...]:
        """What is in no sum, for want of a rate."""
        return tuple(one for one in self.payers if one.value is None)


def dividends(
    securities: Iterable[Security],
    trades: Iterable[Trade],
    rates: RateBook,
    *,
    currency: str,
    period: Period,
) -> Dividends:
    """Return what ``securities`` paid out in ``period``; nothing without a rate is guessed."""
    paid: dict[int, list[Trade]] = {}
    for trade in trades:
        if trade.kind is TradeKind.DIVIDEND and trade.traded_on in period:
            paid.setdefault(trade.security_id, []).append(trade)
    payers = [_payer(one, paid[one.id], rates, currency) for one in securities if one.id in paid]
    payers.sort(key=_size)
    return Dividends(currency, tuple(payers))


def _payer(security: Security, trades: Sequence[Trade], rates: RateBook, currency: str) -> Payer:
    paid = total((one.cash for one in trades), security.currency)
    told = [_told(one, rates, currency) for one in trades]
    known = [value for value in told if value is not None]
    value = total(known, currency) if len(known) == len(told) else None
    return Payer(security, len(trades), paid, value)


def _told(trade: Trade, rates: RateBook, currency: str) -> Money | None:
    if trade.cash.currency == currency:
        return trade.cash
    found = rates.value(trade.cash, currency, trade.traded_on)
    return None if found is None else found[0]


def _size(one: Payer) -> tuple[bool, int, str]:
    return one.value is None, -(one.value.minor if one.value else 0), one.security.symbol
