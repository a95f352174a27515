"""A user's portfolio: one query layer for chat, alerts, snapshots and reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select

from core.ids import UserId
from core.investments.dividends import Dividends, dividends
from core.investments.history import LONGEST, MOST_COMPARED, Histories, histories
from core.investments.holding import Holding, holdings
from core.investments.performance import Performance, Sources, performance
from core.investments.portfolio import Portfolio, portfolio
from core.investments.price import MAX_AGE, PriceBook
from core.investments.security import Security
from core.investments.snapshot import Snapshot
from core.investments.trade import Trade
from core.money import Money
from core.period import Period
from core.rates.rate import RateBook
from core.store.insert_once import insert_once
from core.store.price_store import PriceStore
from core.store.rate_store import RateStore
from core.store.tables import investment as tables
from core.store.trade_store import TradeStore
from core.store.vault import Vault
from core.users.user import User, UserKind

_P = tables.portfolio_snapshots
# Prices of so long before a day are enough to value nearly everything on it.
_LATELY = timedelta(days=40)


class PortfolioReader:
    """Reads trades, prices and rates in one query each, however many securities there are."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._trades = TradeStore(connection, vault)
        self._prices = PriceStore(connection, vault)
        self._rates = RateStore(connection, vault)

    def holdings(self, user: User, on: date) -> tuple[Holding, ...]:
        """Return what a user holds on a day, and what he held before."""
        securities, trades = self._books(user.id)
        return holdings(securities, trades, self.prices(user, securities, on, on), on)

    def portfolio(self, user: User, on: date) -> Portfolio:
        """Return a user's holdings in his own currency."""
        return self.over(user, (on,))[0]

    def over(self, user: User, days: Sequence[date]) -> tuple[Portfolio, ...]:
        """Return what a user held at the end of each of ``days``, which are in order."""
        if not days:
            return ()
        first, last = days[0], days[-1]
        securities, trades = self._books(user.id)
        prices = self.prices(user, securities, first, last)
        traded = [trade.traded_on for trade in trades if trade.traded_on <= last]
        rates = self._rates_of(user, securities, min((first, *traded)), last)
        return tuple(
            portfolio(
                holdings(securities, trades, prices, on),
                rates,
                currency=user.preferences.currency,
                on=on,
            )
            for on in days
        )

    def began(self, user_id: UserId) -> date | None:
        """Return the day of a user's first trade."""
        query = select(func.min(tables.trades.c.traded_on))
        found: date | None = self._connection.execute(
            query.where(tables.trades.c.user_id == user_id)
        ).scalar()
        return found

    def performance(
        self, user: User, start: date, end: date, security_id: int | None = None
    ) -> Performance:
        """Return how all of it, or one security, did from ``start`` to ``end``."""
        securities, trades = self._books(user.id)
        if security_id is not None:
            securities = [one for one in securities if one.id == security_id]
        told = Sources(
            prices=self.prices(user, securities, start - timedelta(days=1), end),
            rates=self._rates_of(user, securities, start - timedelta(days=1), end),
            currency=user.preferences.currency,
        )
        return performance(securities, trades, told, start=start, end=end)

    def dividends(self, user: User, period: Period, security_id: int | None = None) -> Dividends:
        """Return what was paid out in ``period``, by all that is held or was, or by one."""
        securities, trades = self._books(user.id)
        if security_id is not None:
            securities = [one for one in securities if one.id == security_id]
        days = [one.traded_on for one in trades if one.traded_on in period]
        rates = RateBook(())
        if days:
            rates = self._rates_of(user, securities, min(days), max(days))
        currency = user.preferences.currency
        return dividends(securities, trades, rates, currency=currency, period=period)

    def histories(self, user: User, securities: Sequence[Security], on: date) -> Histories:
        """Return the price history that securities share up to a day, in the user's currency.

        At most `MOST_COMPARED` of them, the first ones given; only what sources told counts.
        """
        compared = securities[:MOST_COMPARED]
        told = Sources(
            prices=self.prices(user, compared, on - LONGEST, on),
            rates=self._rates_of(user, compared, on - LONGEST, on),
            currency=user.preferences.currency,
        )
        return histories(compared, self._trades.of(user.id), told, on=on)

    def prices(
        self, user: User, securities: Sequence[Security], first: date, last: date
    ) -> PriceBook:
        """Return the prices of securities for the days from ``first`` to ``last``.

        Where the last weeks before tell nothing, those of a year before are looked at.
        """
        symbols = [one.symbol for one in securities]
        invented = user.kind is UserKind.DEMO
        days = (first - _LATELY, last)
        book = self._prices.book(user.id, symbols, days, invented=invented)
        lacking = [one.symbol for one in securities if not book.series(one.symbol)]
        if not lacking:
            return book
        older = self._prices.book(user.id, lacking, (first - MAX_AGE, last), invented=invented)
        series = [price for symbol in symbols for price in book.series(symbol)]
        return PriceBook([*series, *(p for symbol in lacking for p in older.series(symbol))])

    def keep_snapshot(self, user_id: UserId, kept: Snapshot, *, now: datetime) -> bool:
        """Keep a day's snapshot; the first one of a day stays. Tell whether it is new."""
        values = {
            "user_id": user_id,
            "on_date": kept.on,
            "currency": kept.value.currency,
            "value_minor": kept.value.minor,
            "cost_minor": kept.cost.minor,
            "left_out": kept.left_out,
            "made_at": now,
        }
        return insert_once(self._connection, _P, values)

    def snapshots(
        self, user_id: UserId, currency: str, first: date, last: date
    ) -> tuple[Snapshot, ...]:
        """Return the snapshots of the days from ``first`` to ``last``, oldest first."""
        query = (
            select(_P)
            .where(
                _P.c.user_id == user_id,
                _P.c.currency == currency,
                _P.c.on_date >= first,
                _P.c.on_date <= last,
            )
            .order_by(_P.c.on_date)
        )
        return tuple(_snapshot(row) for row in self._connection.execute(query).mappings())

    def owners(self) -> tuple[UserId, ...]:
        """Return everybody who ever traded."""
        query = select(tables.trades.c.user_id).distinct()
        return tuple(sorted(UserId(one) for one in self._connection.execute(query).scalars()))

    def _books(self, user_id: UserId) -> tuple[list[Security], tuple[Trade, ...]]:
        return list(self._trades.securities(user_id)), self._trades.of(user_id)

    def _rates_of(
        self, user: User, securities: Sequence[Security], first: date, last: date
    ) -> RateBook:
        own = user.preferences.currency
        others = {one.currency for one in securities} - {own}
        if not others:
            return RateBook(())
        return self._rates.book(user.id, {own, *others}, first, last)


def _snapshot(row: RowMapping) -> Snapshot:
    currency = row["currency"]
    return Snapshot(
        on=row["on_date"],
        value=Money(row["value_minor"], currency),
        cost=Money(row["cost_minor"], currency),
        left_out=row["left_out"],
    )
