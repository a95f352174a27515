"""How a portfolio did over a stretch of days: flows and values in one currency, then returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from core.investments.holding import price_on
from core.investments.price import Price, PriceBook, traded_price
from core.investments.quantity import added, split_quantity, taken, worth
from core.investments.returns import CashFlow, Return, Silence, Step, time_weighted, xirr
from core.investments.security import Security
from core.investments.trade import Trade, TradeKind, TradeState, in_order
from core.money import Money
from core.rates.rate import RateBook

# Between two prices lie weekends and holidays, hardly ever more.
NEAR = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where figures come from: prices of pieces, rates between currencies, in which to count."""

    prices: PriceBook
    rates: RateBook
    currency: str


@dataclass(frozen=True, slots=True)
class Performance:
    """Returns from ``start`` to ``end``, over the securities that are covered.

    ``gain`` is what there is more than what was there and paid in. ``left_out`` are securities
    that nobody has told a price or a rate of on a day that mattered.
    """

    start: date
    end: date
    money_weighted: Return
    time_weighted: Return
    gain: Money
    left_out: tuple[Security, ...] = ()


def performance(
    securities: Iterable[Security],
    trades: Sequence[Trade],
    told: Sources,
    *,
    start: date,
    end: date,
) -> Performance:
    """Return how securities did from the end of the day before ``start`` to the end of ``end``."""
    covered: list[Security] = []
    left_out: list[Security] = []
    for security in securities:
        own = [t for t in trades if _counts(t, security, end)]
        if not own:
            continue
        walk = _Walk((security,), own, told, start=start, end=end)
        (left_out if walk.silence else covered).append(security)
    ids = {security.id for security in covered}
    chosen = [t for t in trades if t.security_id in ids and _counts(t, None, end)]
    walk = _Walk(tuple(covered), chosen, told, start=start, end=end)
    silence = Silence.NO_PRICE if left_out and not covered else None
    return Performance(
        start=start,
        end=end,
        money_weighted=_or_silent(silence, xirr(walk.flows), yearly=True),
        time_weighted=_or_silent(silence, time_weighted(walk.steps), yearly=False),
        gain=walk.gain,
        left_out=tuple(left_out),
    )


def _counts(trade: Trade, security: Security | None, end: date) -> bool:
    ours = security is None or trade.security_id == security.id
    return ours and trade.state is TradeState.ACTIVE and trade.traded_on <= end


def _or_silent(silence: Silence | None, found: Return, *, yearly: bool) -> Return:
    return found if silence is None else Return(None, yearly=yearly, silence=silence)


@dataclass
class _Walk:
    """Goes through the trades once, day by day, and keeps what was there."""

    securities: tuple[Security, ...]
    trades: Sequence[Trade]
    told: Sources
    start: date
    end: date
    steps: list[Step] = field(default_factory=list)
    flows: list[CashFlow] = field(default_factory=list)
    silence: Silence | None = None

    def __post_init__(self) -> None:
        """Walk."""
        self._known = {security.id: security for security in self.securities}
        self._trades: dict[int, list[Trade]] = {}
        for trade in self.trades:
            self._trades.setdefault(trade.security_id, []).append(trade)
        self._pieces = dict.fromkeys(self._known, Decimal(0))
        self._nothing = Money.zero(self.told.currency)
        for day, of_day in self._days():
            self._step(day, of_day)

    @property
    def gain(self) -> Money:
        """All that came out and is left, less all that went in and was there."""
        whole = self._nothing
        for flow in self.flows:
            whole += flow.amount
        return whole

    def _days(self) -> Iterator[tuple[date, list[Trade]]]:
        ordered = sorted(self.trades, key=in_order)
        before = [one for one in ordered if one.traded_on < self.start]
        for trade in before:
            self._take(trade)
        yield self.start - timedelta(days=1), []
        last = self.start
        within = (one for one in ordered if one.traded_on >= self.start)
        for last, of_day in groupby(within, key=lambda one: one.traded_on):
            yield last, list(of_day)
        yield self.end, []

    def _step(self, day: date, of_day: list[Trade]) -> None:
        """Value what there is before and after a day's trades; both at the same prices."""
        splits = [one for one in of_day if one.kind is TradeKind.SPLIT]
        others = [one for one in of_day if one.kind is not TradeKind.SPLIT]
        for trade in splits:
            self._take(trade)
        if of_day and not others:
            return  # a split by itself moves no money, so nothing needs a value
        before = self._value(day, others)
        for trade in others:
            self._take(trade)
        after = self._value(day, others)
        moves = [self._in_own(trade.cash, day) for trade in others]
        paid_in = sum((-one for one in moves if one.minor < 0), start=self._nothing)
        paid_out = sum((one for one in moves if one.minor > 0), start=self._nothing)
        self.steps.append(Step(day, before, after, paid_in, paid_out))
        self.flows.extend(CashFlow(day, one) for one in moves if one)
        if day < self.start and after:
            self.flows.append(CashFlow(day, -after))
        if day == self.end and not of_day and after:
            self.flows.append(CashFlow(day, after))

    def _take(self, trade: Trade) -> None:
        there = self._pieces[trade.security_id]
        match trade.kind:
            case TradeKind.BUY:
                there = added(there, trade.quantity)
            case TradeKind.SELL:
                there = taken(there, trade.quantity)
            case TradeKind.SPLIT:
                there = split_quantity(there, trade.new, trade.old)
        self._pieces[trade.security_id] = there

    def _value(self, day: date, of_day: Sequence[Trade]) -> Money:
        whole = self._nothing
        for key, pieces in self._pieces.items():
            if pieces:
                price = self._price(self._known[key], day, of_day)
                if price is None:
                    self.silence = Silence.NO_PRICE
                else:
                    whole += self._in_own(worth(pieces, price.value, price.currency), day)
        return whole

    def _price(self, security: Security, day: date, of_day: Sequence[Trade]) -> Price | None:
        """Return the price of the moment: what was traded at, else the day's or the one before."""
        own = [
            price
            for trade in of_day
            if trade.security_id == security.id
            and (price := traded_price(security.symbol, trade)) is not None
        ]
        if own:
            return own[-1]
        # The last day is today: an old price is still the newest there is, and is told as such.
        within = {} if day == self.end else {"within": NEAR}
        return price_on(security, self._trades[security.id], self.told.prices, day, **within)

    def _in_own(self, amount: Money, day: date) -> Money:
        if amount.currency == self.told.currency:
            return amount
        told = self.told.rates.value(amount, self.told.currency, day)
        if told is None:
            self.silence = Silence.NO_RATE
            return self._nothing
        return told[0]
