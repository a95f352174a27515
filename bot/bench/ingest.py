"""Storing inbound messages durably from many threads, and a bare insert loop beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from bot.bench.figures import Figure, percentile
from bot.bench.stage import Books, Stage, opened
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import InboundKind, InboundMessage
from core.store.engine import sqlite_driver

_THREADS = 32


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure what the webhooks stand on: one message, one durable row, many at once."""
    seconds = stage.minutes * 60 if stage.minutes else stage.size(10, 1)
    with opened(stage) as books:
        times = _accept(books, seconds)
        base = _bare(stage, min(seconds, 5))
    rate = len(times) / seconds
    least = 500 if stage.database else 300
    yield Figure("messages stored durably", rate, "1/s", least, at_least=True, baseline=base)
    yield Figure("time to store one, p95", percentile(times, 0.95), "ms", 50)


def _accept(books: Books, seconds: float) -> list[float]:
    app, until = books.app, time.monotonic() + seconds
    times: list[float] = []
    lock = threading.Lock()

    def send(thread: int) -> None:
        mine = []
        number = 0
        while time.monotonic() < until:
            number += 1
            message = InboundMessage(
                provider_event_id=f"{thread}-{number}",
                address=Address(ChannelName.SMS, f"+155501{thread:05}"),
                kind=InboundKind.TEXT,
                text="coffee 4",
            )
            start = time.perf_counter()
            app.accept.accept(message)
            mine.append((time.perf_counter() - start) * 1000)
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _bare(stage: Stage, seconds: float) -> float:
    """Return the rows a second of a bare loop with one durable commit for each row."""
    connection = sqlite_driver().connect(str(stage.folder / "bare-ingest.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE row (id TEXT PRIMARY KEY, body TEXT)")
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        number += 1
        connection.execute("INSERT INTO row VALUES (?, ?)", (str(number), "coffee 4"))
    connection.close()
    return number / seconds
