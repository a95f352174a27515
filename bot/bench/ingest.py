"""Storing inbound messages durably, through the real webhook, and a bare loop beside it."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator

from bot.bench.figures import Figure, percentile
from bot.bench.signing import AUTH_TOKEN, PUBLIC_URL, signature
from bot.bench.stage import Stage, opened
from bot.bench.webhooks import PATH, through_the_door
from core.store.engine import open_engine, sqlite_driver

# Who sends: nothing is sent to it, for no turn is taken.
_NOBODY = "http://127.0.0.1:9"
_SHARE = 0.35
_FORM = {"AccountSid": "AC0", "Body": "coffee 4", "From": "+15550001", "MessageSid": "SM0"}


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure on SQLite and, where there is one, on PostgreSQL."""
    yield from _measure(stage, "SQLite", 300, _bare_sqlite)
    if stage.postgres:
        yield from _measure(stage.on_postgres(), "PostgreSQL", 500, _bare_postgres)


def _measure(
    stage: Stage, name: str, least: float, bare: Callable[[Stage, float], float]
) -> Iterator[Figure]:
    seconds = stage.minutes * 60 if stage.minutes else stage.size(10, 1)
    base = bare(stage, min(seconds, 5))
    with opened(stage.with_provider(_NOBODY)) as books:
        posted = through_the_door(books, seconds)
        with books.app.database.reading() as uow:
            stored = uow.inbox.backlog()[0]
    assert stored >= len(posted.times) - posted.refused, "a message was taken and not stored"
    rate = (len(posted.times) - posted.refused) / posted.seconds
    share = rate / base
    p95, p99 = percentile(posted.times, 0.95), percentile(posted.times, 0.99)
    yield Figure(f"webhooks, {name}, for", posted.seconds, "s")
    yield Figure(f"webhooks, {name}", rate, "1/s", least, at_least=True, baseline=base)
    yield Figure(f"webhooks, {name}, share of the bare loop", share, "", _SHARE, at_least=True)
    yield Figure(f"webhook to its answer, {name}, p95", p95, "ms", 50, baseline=1000 / base)
    yield Figure(f"webhook to its answer, {name}, p99", p99, "ms", 150, baseline=1000 / base)
    yield Figure(f"webhooks refused, {name}", posted.refused, "", 0)


def _bare_sqlite(stage: Stage, seconds: float) -> float:
    """Return the messages a second of a bare loop on a file with the same safety."""
    connection = sqlite_driver().connect(str(stage.folder / "bare-ingest.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, body TEXT)")
    rate = _loop(lambda row: connection.execute("INSERT INTO bare VALUES (?, ?)", row), seconds)
    connection.close()
    return rate


def _bare_postgres(stage: Stage, seconds: float) -> float:
    """Return the messages a second of a bare loop over one connection."""
    engine = open_engine(stage.url)
    insert = "INSERT INTO bare VALUES (%s, %s)"
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, body text)"
        )
        connection.exec_driver_sql("TRUNCATE bare")
        connection.commit()

        def store(row: tuple[str, str]) -> None:
            connection.exec_driver_sql(insert, row)
            connection.commit()

        rate = _loop(store, seconds)
        connection.exec_driver_sql("DROP TABLE bare")
        connection.commit()
    engine.dispose()
    return rate


def _loop(store: Callable[[tuple[str, str]], object], seconds: float) -> float:
    """Verify and store one message after the other; return how many a second."""
    number, start = 0, time.monotonic()
    known = signature(AUTH_TOKEN, PUBLIC_URL + PATH, _FORM)
    while (gone := time.monotonic() - start) < seconds:
        number += 1
        assert hmac.compare_digest(known, signature(AUTH_TOKEN, PUBLIC_URL + PATH, _FORM))
        store((f"SM{number}", "coffee 4"))
    return number / gone
