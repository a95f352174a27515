"""Runs a test on both databases: SQLite in memory and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.world import World, open_world


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty world on each database in turn; PostgreSQL is skipped where there is none."""
    url = "sqlite://"
    if request.param == "postgresql":
        url = request.getfixturevalue("fresh_postgres_url")
    made = open_world(url)
    yield made
    made.database.close()
