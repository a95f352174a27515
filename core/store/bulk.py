"""Inserting very many rows at once: plain tuples past the statement machinery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Table


def bulk_insert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert ``rows`` of ``columns``; dates and moments come through `for_driver`.

    Four times as fast as an insert of dictionaries on SQLite (measured on 100,000 rows): an
    import is the one place where it counts. Nothing but our own column names is in the text.
    """
    if not rows:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    filled = {
        name: _plain(values) if is_sqlite else values
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
        if values.count(None) < len(values)
    }
    names = ", ".join(filled)
    marks = ", ".join([mark] * len(filled))
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - own names only
    connection.exec_driver_sql(sql, list(zip(*filled.values(), strict=True)))


def _plain(values: tuple[Any, ...]) -> Sequence[Any]:
    """Spare the driver what it is slow at: it looks for an adapter for everything unusual.

    Numbers, texts and bytearrays go straight through; a bool, bytes or nothing takes six times
    as long, so columns that are empty throughout are left out as well.
    """
    first = next(value for value in values if value is not None)
    if isinstance(first, bytes):
        return [None if value is None else bytearray(value) for value in values]
    return [int(value) for value in values] if isinstance(first, bool) else values


def for_driver(connection: Connection) -> Callable[[Any], Any]:
    """Return how a date or moment is handed to this database's driver."""
    if connection.dialect.name != "sqlite":
        return lambda value: value
    return _as_text


def _as_text(value: Any) -> Any:
    """Write a date or moment as SQLAlchemy keeps it on SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value
