"""Brings a database to the present schema; the same migrations run on both databases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from core.errors import FinanceError

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
# How long a migration waits for a table that others use, and how often.
_LOCK_MILLISECONDS, _LOCK_TRIES = 1_000, 60
# A lock that was not to be had in time, and a circle of those who wait for each other.
_LOCKED = frozenset({"55P03", "40P01"})
_LINK = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)


class DatabaseAway(FinanceError):
    """The database does not answer at the start."""

    code = "start.database_away"


def migrate(engine: Engine) -> None:
    """Apply every migration that is missing; several processes may start at once.

    A database that is further than this code is left as it is: while a new version is rolled
    out, old processes may start again beside it.
    """
    try:
        served = is_served(current(engine))
    except OperationalError as error:
        raise DatabaseAway from error
    if served:
        return
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            _upgrade_beside_others(connection)
        else:
            _upgrade(connection)
            connection.commit()


def _upgrade(connection: Connection) -> None:
    # Imported here: nearly every start finds nothing to do, and then needs no Alembic.
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _upgrade_beside_others(connection: Connection) -> None:
    """Migrate while other processes serve: wait little for each lock, and again if need be.

    Whoever waits for a whole table makes all who come after him wait, and may wait in a circle
    with them. What was done by then is kept: each migration is a transaction of its own.
    """
    # Whoever comes second waits here and then finds nothing to do.
    connection.exec_driver_sql("SELECT pg_advisory_lock(7261)")
    connection.exec_driver_sql(f"SET lock_timeout = {_LOCK_MILLISECONDS}")
    connection.commit()
    try:
        for left in reversed(range(_LOCK_TRIES)):
            try:
                _upgrade(connection)
                break
            except OperationalError as error:
                connection.rollback()
                if not left or getattr(error.orig, "sqlstate", "") not in _LOCKED:
                    raise
                connection.exec_driver_sql("SELECT pg_sleep(1)")  # the others' turn
                connection.rollback()
    finally:
        connection.rollback()  # of what broke off; the lock outlives it
        connection.exec_driver_sql("RESET lock_timeout")
        connection.exec_driver_sql("SELECT pg_advisory_unlock(7261)")
        connection.commit()


def is_served(revision: str | None) -> bool:
    """Tell whether this code can work on a database at ``revision``: its own newest, or later.

    One that this code has never heard of is later. A migration only adds (columns that may be
    empty, tables); what old code reads and writes stays for one version more. So being behind is
    trouble, and being ahead is none.
    """
    return revision is not None and (revision == head() or revision not in _chain())


def current(engine: Engine) -> str | None:
    """Return the revision a database is at, nothing when it is empty."""
    with engine.connect().execution_options(fm_reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version"))
        revision: str | None = found.scalar()
        return revision


@lru_cache(maxsize=1)
def head() -> str:
    """Return the newest revision there is: the one that no other comes after."""
    chain = _chain()
    (newest,) = chain.keys() - set(chain.values())
    return newest


@lru_cache(maxsize=1)
def _chain() -> Mapping[str, str]:
    """Return every revision and the one before it, read without Alembic, which takes a second."""
    texts = (path.read_text() for path in (_FOLDER / "versions").glob("[0-9]*.py"))
    return dict(pair for text in texts for pair in _LINK.findall(text))


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
