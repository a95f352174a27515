"""Runs a test on both databases: SQLite in memory and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.world import World, open_world

DATABASES = ("sqlite", "postgresql")


def world_on(request: pytest.FixtureRequest, sqlite_url: str = "sqlite://") -> Iterator[World]:
    """Yield an empty world on the database a fixture's parameter names.

    PostgreSQL is skipped where no server can be had.
    """
    on_sqlite = request.param == "sqlite"
    made = open_world(sqlite_url if on_sqlite else request.getfixturevalue("fresh_postgres_url"))
    yield made
    made.database.close()
