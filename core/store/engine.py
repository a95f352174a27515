"""Database engines: SQLite with a writer's discipline, PostgreSQL with time limits."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

# SQLite before this has a bug that can corrupt a WAL database on checkpoint (fixed 3.51.3).
_SAFE_SQLITE = (3, 51, 3)
_BUSY_MILLISECONDS = 10_000
_STATEMENT_MILLISECONDS = 30_000


def sqlite_driver() -> ModuleType:
    """Return the newest SQLite binding: the bundled library if there is one, else Python's."""
    try:
        from pysqlite3 import dbapi2  # bundles a newer SQLite than most systems ship
    except ImportError:
        return sqlite3
    if dbapi2.sqlite_version_info >= sqlite3.sqlite_version_info:
        return dbapi2  # type: ignore[no-any-return]
    return sqlite3


def sqlite_is_safe() -> bool:
    """Tell whether the SQLite in use is free of the WAL-reset bug."""
    version: tuple[int, ...] = sqlite_driver().sqlite_version_info
    return version >= _SAFE_SQLITE


def open_engine(url: str) -> Engine:
    """Open ``sqlite:///path``, ``sqlite://`` (memory) or ``postgresql://...``."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, parsed.database)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(url)
    raise ValueError("the database must be sqlite or postgresql")


def _open_sqlite(url: str, path: str | None) -> Engine:
    in_memory = path in (None, "", ":memory:")
    if path and not in_memory:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"module": sqlite_driver()}
    if in_memory:
        options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    else:
        options |= {"pool_size": 8, "max_overflow": 16}
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are opened by _begin_sqlite alone: the driver must not open its own.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged message survives a power cut
        "foreign_keys=ON",
        "recursive_triggers=ON",  # so that REPLACE cannot slip past a trigger against DELETE
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("fm_reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = "NORMAL" if options.get("fm_relaxed", False) else "FULL"
    if connection.info.get("fm_synchronous", "FULL") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["fm_synchronous"] = wanted
    # A deferred BEGIN that later writes ignores busy_timeout: writers lock at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _open_postgresql(url: str) -> Engine:
    target = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        target,
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c timezone=UTC",
        },
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Any) -> None:
    if connection.get_execution_options().get("fm_relaxed", False):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
