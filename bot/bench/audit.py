"""Checking the audit trail, and a bare chain of hashes over as many rows beside it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from bot.bench.figures import Figure, cpu_seconds
from bot.bench.stage import Books, Stage, opened
from core.store.engine import sqlite_driver


def measure(stage: Stage) -> Iterator[Figure]:
    """Write a trail, seal it and verify it as ``audit verify`` does."""
    number = stage.size(40_000, 200)
    with opened(stage) as books:
        _write(books, number)
        with books.app.database.reading() as uow:
            seconds = cpu_seconds(lambda: _verified(uow.audit.verify().events, number))
    base = number / cpu_seconds(lambda: _bare(stage))
    rate = number / seconds
    yield Figure("audit events verified", rate, "1/cpu s", 100_000, at_least=True, baseline=base)


def _write(books: Books, number: int) -> None:
    app = books.app
    with app.database.work() as uow:
        for place in range(number):
            uow.audit.append(
                books.user.id,
                actor="bench",
                action="tool.add_entry",
                subject=f"bench_{place:012}",
                now=app.clock.now(),
                values={"minor": place},
            )
        uow.audit.seal_pending(now=app.clock.now())
        uow.commit()


def _verified(events: int, expected: int) -> None:
    assert events >= expected, "the trail is not whole"


def _bare(stage: Stage) -> str:
    """Read the same rows with the bare driver and hash them into one chain."""
    connection = sqlite_driver().connect(str(stage.folder / "bench.db"))
    chained = hmac.new(b"bench", digestmod=hashlib.sha256)
    for row in connection.execute("SELECT * FROM audit_events ORDER BY seq"):
        chained.update(repr(row).encode())
    connection.close()
    return chained.hexdigest()
