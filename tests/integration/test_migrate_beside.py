"""A migration beside processes that serve: it gives way, tries again, and ends where it should."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, text

from core.store.engine import open_engine
from core.store.migrate import _config, current, head, migrate

pytestmark = pytest.mark.slow
_BEFORE = "0032_attention"


@pytest.fixture
def engine(fresh_postgres_url: str) -> Iterator[Engine]:
    """A database of some versions ago."""
    made = open_engine(fresh_postgres_url)
    with made.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, _BEFORE)
        connection.commit()
    yield made
    made.dispose()


def test_waits_for_a_table_in_use_and_lets_others_at_it_meanwhile(engine: Engine):
    assert current(engine) == _BEFORE
    in_use, done = threading.Event(), threading.Event()

    def use() -> None:
        """Have outbox in a transaction that lasts longer than a migration waits for it."""
        with engine.connect() as connection:
            connection.execute(text("SELECT COUNT(*) FROM outbox"))
            in_use.set()
            done.wait(60)
            connection.rollback()

    user = threading.Thread(target=use)
    user.start()
    assert in_use.wait(10)
    migrating = threading.Thread(target=migrate, args=(engine,))
    migrating.start()
    waited = []
    for _ in range(12):
        began = time.monotonic()
        with engine.connect() as connection:
            connection.execute(text("SELECT COUNT(*) FROM outbox"))
        waited.append(time.monotonic() - began)
        time.sleep(0.1)
    assert current(engine) != head()
    done.set()
    user.join(20)
    migrating.join(60)
    assert current(engine) == head()
    assert max(waited) < 3  # a second, on a busy machine
