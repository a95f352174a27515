"""Brings a database to the present schema; the same migrations run on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Apply every migration that is missing; several processes may start at once."""
    if current(engine) == head():
        return
    # Imported here: nearly every start finds nothing to do, and then needs no Alembic.
    from alembic import command

    with engine.connect() as connection:
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
    with engine.connect().execution_options(fm_reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version"))
        revision: str | None = found.scalar()
        return revision


def head() -> str:
    """Return the newest revision there is: each is called like its file, and they are numbered."""
    return max(path.stem for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
