"""Brings a database to the present schema; the same migrations run on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

_FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Apply every migration that is missing; several processes may start at once."""
    with engine.connect() as connection:
        if current(engine) == head():
            return
        config = _config()
        config.attributes["connection"] = connection
        if engine.dialect.name == "postgresql":
            # Whoever comes second waits here and then finds nothing to do.
            connection.exec_driver_sql("SELECT pg_advisory_lock(7261)")
        try:
            command.upgrade(config, "head")
            connection.commit()
        finally:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_unlock(7261)")
                connection.commit()


def current(engine: Engine) -> str | None:
    """Return the revision a database is at, nothing when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest revision there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
