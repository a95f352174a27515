"""Prices kept: those of shared sources, and what a user's own files told beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, or_, select

from core.ids import UserId
from core.investments.price import DEMO, Price, PriceBook
from core.store.bulk import bulk_insert, for_driver
from core.store.insert_once import insert_once
from core.store.tables import investment as tables
from core.store.tables import people
from core.store.vault import Vault
from core.users.user import UserKind

_T = tables.prices
_EVERYBODY = ""
_COLUMNS = ("user_id", "symbol", "on_date", "source", "currency", "price", "quoted_at")
_BATCH = 20_000
# As many names as one statement may carry on every database we know.
_MOST_NAMES = 500


class PriceStore:
    """Keeps prices by symbol, day and source, and finds those that a question needs."""

    def __init__(self, connection: Connection, _vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def book(
        self,
        user_id: UserId,
        symbols: Collection[str],
        days: tuple[date, date],
        *,
        invented: bool = False,
    ) -> PriceBook:
        """Return what is known of ``symbols`` from one day to another, both included.

        The simulator's prices are for invented households (``invented``), and only they: nobody
        else's money is ever valued with them, nor theirs with anything else but their own files.
        """
        wanted = sorted(set(symbols))
        if not wanted:
            return PriceBook(())
        shared = _T.c.source == DEMO if invented else _T.c.source != DEMO
        query = select(_T).where(
            _T.c.user_id.in_((_EVERYBODY, user_id)),
            _T.c.symbol.in_(wanted[:_MOST_NAMES]),
            _T.c.on_date >= days[0],
            _T.c.on_date <= days[1],
            or_(_T.c.user_id != _EVERYBODY, shared),
        )
        return PriceBook(_price(row) for row in self._connection.execute(query).mappings())

    def keep(self, prices: Iterable[Price]) -> int:
        """Keep prices of a shared source; a later quote of one day takes the earlier one's place.

        Return how many are new or changed.
        """
        return sum(self._keep(_EVERYBODY, price) for price in prices)

    def keep_own(self, user_id: UserId, prices: Iterable[Price]) -> int:
        """Keep prices that a user told for himself; return how many are new or changed."""
        return sum(self._keep(user_id, price) for price in prices)

    def forget_own(self, user_id: UserId, prices: Iterable[Price]) -> None:
        """Forget prices that a user told."""
        for price in prices:
            self._connection.execute(delete(_T).where(*_is(user_id, price)))

    def own(self, user_id: UserId) -> tuple[Price, ...]:
        """Return the prices that the user told, oldest first."""
        query = select(_T).where(_T.c.user_id == user_id).order_by(_T.c.on_date, _T.c.symbol)
        return tuple(map(_price, self._connection.execute(query).mappings()))

    def add_history(self, prices: Iterable[Price]) -> int:
        """Add many prices of a shared source at once; return how many were not there already."""
        write = for_driver(self._connection)
        exact: Any = str if self._connection.dialect.name == "sqlite" else Decimal
        added, coming = 0, iter(prices)
        while batch := list(islice(coming, _BATCH)):
            rows = [
                (
                    _EVERYBODY,
                    one.symbol,
                    write(one.on),
                    one.source,
                    one.currency,
                    exact(one.value),
                    write(one.at),
                )
                for one in batch
            ]
            added += bulk_insert(self._connection, _T, _COLUMNS, rows, once=True)
        return added

    def newest(self, source: str) -> dict[str, date]:
        """Return the last day that a shared source has told, by symbol."""
        query = (
            select(_T.c.symbol, func.max(_T.c.on_date))
            .where(_T.c.user_id == _EVERYBODY, _T.c.source == source)
            .group_by(_T.c.symbol)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def wanted(self, *, invented: bool) -> dict[str, str]:
        """Return what users hold or watch, by symbol, with the currency it is traded in."""
        users, found = people.users, {}
        kind = users.c.kind == UserKind.DEMO.value
        theirs = select(users.c.id).where(kind if invented else ~kind)
        for table in (tables.price_watches, tables.securities):
            query = select(table.c.symbol, table.c.currency).where(table.c.user_id.in_(theirs))
            if table is tables.price_watches:
                query = query.where(table.c.state != "deleted")
            found.update({row[0]: row[1] for row in self._connection.execute(query.distinct())})
        return dict(sorted(found.items()))

    def _keep(self, user_id: str, price: Price) -> bool:
        query = select(_T.c.price, _T.c.currency, _T.c.quoted_at).where(*_is(user_id, price))
        row = self._connection.execute(query).first()
        if row is None:
            return insert_once(self._connection, _T, _values(user_id, price))
        if (row[0], row[1]) == (price.value, price.currency) or row[2] > price.at:
            return False
        self._connection.execute(delete(_T).where(*_is(user_id, price)))
        self._connection.execute(insert(_T).values(_values(user_id, price)))
        return True


def _is(user_id: str, price: Price) -> tuple[Any, ...]:
    return (
        _T.c.user_id == user_id,
        _T.c.symbol == price.symbol,
        _T.c.on_date == price.on,
        _T.c.source == price.source,
    )


def _values(user_id: str, price: Price) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "symbol": price.symbol,
        "on_date": price.on,
        "source": price.source,
        "currency": price.currency,
        "price": price.value,
        "quoted_at": price.at,
    }


def _price(row: RowMapping) -> Price:
    return Price(
        symbol=row["symbol"],
        value=row["price"],
        currency=row["currency"],
        on=row["on_date"],
        at=row["quoted_at"],
        source=row["source"],
    )
