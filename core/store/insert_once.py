"""Inserting a row that may be there already, in one statement on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless any unique key is taken; tell whether it was inserted.

    The database decides, in one atomic statement: looking first and inserting later would let
    two workers both find nothing.
    """
    statement = _statement(connection.dialect.name, table)
    # Without the option the PostgreSQL driver's count of an INSERT is not kept.
    options = {"preserve_rowcount": True}
    return connection.execute(statement, values, execution_options=options).rowcount == 1


def insert_each_once(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """Insert rows of a table with a text key ``id`` in one statement; return the ids inserted.

    A row whose unique key is taken, by a stored row or by one before it in ``rows``, is left out.
    """
    if not rows:
        return frozenset()
    return frozenset(connection.execute(_returning(connection.dialect.name, table), rows).scalars())


@lru_cache(maxsize=64)
def _returning(dialect: str, table: Table) -> Any:
    return _statement(dialect, table).returning(table.c.id)


@lru_cache(maxsize=64)
def _statement(dialect: str, table: Table) -> Any:
    # Only the one in use: the drivers beside the other take a while to import.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing()
