"""What a bare durable commit costs on this disk: the least that anything safe can take."""

from __future__ import annotations

import time
from pathlib import Path

from bot.bench.figures import percentile
from core.store.engine import sqlite_driver


def commit_milliseconds(folder: Path, times: int) -> float:
    """Return the median milliseconds of a commit that survives a power cut."""
    connection = sqlite_driver().connect(str(folder / "bare.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
    taken = []
    for number in range(times):
        start = time.perf_counter()
        connection.execute("INSERT INTO row (text) VALUES (?)", (str(number),))
        taken.append((time.perf_counter() - start) * 1000)
    connection.close()
    return percentile(taken, 0.5)
