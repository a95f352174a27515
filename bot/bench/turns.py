"""How long a turn takes on ten thousand transactions, and a bare durable commit beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bot.bench.bare import commit_milliseconds
from bot.bench.figures import Figure, percentile
from bot.bench.stage import Books, Stage, fill, opened
from core.ids import UserId
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import Accepted, InboundKind, InboundMessage

_READS = (
    "balance",
    "groceries last month",
    "spending by category",
    "biggest purchases this month",
    "net worth",
    "budgets",
    "starbucks last month",
    "subs",
)
_WRITES = ("coffee 4", "uber 12", "lunch 9.50", "undo")


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure turns that read and turns that write."""
    with opened(stage) as books:
        fill(books, stage.size(10_000, 200))
        base = commit_milliseconds(stage.folder, stage.size(100, 5))
        reads = _turns(books, _READS, stage.size(240, 8))
        writes = _turns(books, _WRITES, stage.size(120, 4))
    yield Figure("turn that reads, p50", percentile(reads, 0.5), "ms", 15, baseline=base)
    yield Figure("turn that reads, p95", percentile(reads, 0.95), "ms", 50, baseline=base)
    yield Figure("turn that writes, p50", percentile(writes, 0.5), "ms", 15, baseline=base)
    yield Figure("turn that writes, p95", percentile(writes, 0.95), "ms", 50, baseline=base)


def _turns(books: Books, texts: tuple[str, ...], number: int) -> list[float]:
    """Take turns through the real handler and return their milliseconds, first ones left out."""
    app = books.app
    address = Address(ChannelName.TERMINAL, "bench")
    with app.database.work() as uow:
        if uow.bindings.owner_of(address) is None:
            user_id = UserId(books.user.id)
            uow.bindings.link(user_id, address, now=app.clock.now(), ids=app.ids)
        uow.commit()
    times = []
    for step in range(number + len(texts)):
        message = InboundMessage(
            provider_event_id=app.ids.new("bench"),
            address=address,
            kind=InboundKind.TEXT,
            text=texts[step % len(texts)],
        )
        start = time.perf_counter()
        stored = app.accept.accept(message)
        assert isinstance(stored, Accepted)
        app.handler.handle(stored.inbound_id)
        times.append((time.perf_counter() - start) * 1000)
    return times[len(texts) :]
