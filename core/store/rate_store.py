"""Rates kept: those of shared sources, and each user's own beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from core.ids import UserId
from core.rates.rate import MAX_AGE, PIVOTS, USER, Rate, RateBook
from core.store.bulk import bulk_insert, for_driver
from core.store.tables import rate as tables
from core.store.vault import Vault

_T = tables.fx_rates
_EVERYBODY = ""
_COLUMNS = ("user_id", "base", "quote", "source", "on_date", "rate")
_BATCH = 20_000
# Far enough back for the newest rate of nearly every currency; a year of them takes long to read.
_LATELY = timedelta(days=40)


class RateStore:
    """Keeps rates by pair, day and source, and finds those that a question needs."""

    def __init__(self, connection: Connection, _vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def book(
        self, user_id: UserId, currencies: Collection[str], first: date, last: date
    ) -> RateBook:
        """Return what is known of ``currencies`` for the days from ``first`` to ``last``.

        A rate may go by way of the shared sources' own currencies and of those that the user
        has a rate for; the user's own rates are nobody else's.
        """
        own = self.of_user(user_id)
        named = {*currencies, *PIVOTS}
        named.update(code for rate in own for code in (rate.base, rate.quote))
        shared = self._shared(named, first - _LATELY, last)
        known = {code for one in shared if one.on <= first for code in (one.base, one.quote)}
        if not known.issuperset(currencies):
            # One of them has not been quoted for long, or never was.
            shared = self._shared(named, first - MAX_AGE, last)
        return RateBook([*shared, *own])

    def _shared(self, named: Collection[str], after: date, last: date) -> list[Rate]:
        query = select(_T).where(
            _T.c.user_id == _EVERYBODY,
            _T.c.base.in_(sorted(named)),
            _T.c.quote.in_(sorted(named)),
            _T.c.on_date > after,
            _T.c.on_date <= last,
        )
        return [_rate(row) for row in self._connection.execute(query).mappings()]

    def of_user(self, user_id: UserId) -> tuple[Rate, ...]:
        """Return the rates that the user gave, oldest first."""
        query = select(_T).where(_T.c.user_id == user_id).order_by(_T.c.on_date)
        return tuple(map(_rate, self._connection.execute(query).mappings()))

    def keep(self, user_id: UserId, rate: Rate) -> Decimal | None:
        """Keep a user's own rate for its day; return the one it replaces, for undo."""
        old = self._own(user_id, rate.base, rate.quote, rate.on)
        self.forget(user_id, rate.base, rate.quote, rate.on)
        self._connection.execute(insert(_T).values(_values(user_id, rate)))
        return old

    def forget(self, user_id: UserId, base: str, quote: str, on: date) -> None:
        """Forget a user's own rate."""
        self._connection.execute(delete(_T).where(*_is(user_id, base, quote, on)))

    def add_shared(self, rates: Iterable[Rate]) -> int:
        """Add rates of a shared source; what is known already must not be among them."""
        write = for_driver(self._connection)
        exact: Any = str if self._connection.dialect.name == "sqlite" else Decimal
        added, coming = 0, iter(rates)
        while batch := list(islice(coming, _BATCH)):
            rows = [
                (_EVERYBODY, one.base, one.quote, _source(one), write(one.on), exact(one.value))
                for one in batch
            ]
            bulk_insert(self._connection, _T, _COLUMNS, rows)
            added += len(rows)
        return added

    def _own(self, user_id: UserId, base: str, quote: str, on: date) -> Decimal | None:
        query = select(_T.c.rate).where(*_is(user_id, base, quote, on))
        found: Decimal | None = self._connection.execute(query).scalar()
        return found


def _is(user_id: UserId, base: str, quote: str, on: date) -> tuple[Any, ...]:
    return (
        _T.c.user_id == user_id,
        _T.c.base == base,
        _T.c.quote == quote,
        _T.c.source == USER,
        _T.c.on_date == on,
    )


def _values(user_id: str, rate: Rate) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "base": rate.base,
        "quote": rate.quote,
        "source": _source(rate),
        "on_date": rate.on,
        "rate": rate.value,
    }


def _source(rate: Rate) -> str:
    (source,) = rate.sources
    return source


def _rate(row: RowMapping) -> Rate:
    return Rate(row["base"], row["quote"], row["rate"], row["on_date"], frozenset({row["source"]}))
