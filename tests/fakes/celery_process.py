"""A worker process of its own for tests: Celery, the poll beside it, and a channel into a file."""

from __future__ import annotations

import sys
from pathlib import Path

from core.clock import SystemClock
from core.ids import SystemIds
from core.messaging.address import Address, ChannelName
from core.messaging.channel import ChannelLimits, Receipt
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import OutboundMessage
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database
from core.wake import SilentWake
from tests.fakes.world import MASTER, MemoryObjects, english
from workers.celery_app import make_celery, run_worker
from workers.context import JobContext
from workers.jobs import Queue
from workers.watchdog import end_process


class FileChannel:
    """Writes the key of each message it is given to the end of a file."""

    def __init__(self, path: Path) -> None:
        self.name = ChannelName.WEB
        self.limits = ChannelLimits(4096, 1024, 10, 40, 1_000_000, edits=False)
        self._path = path

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{key}\n")
        return Receipt((key,), DeliveryState.ACCEPTED)


def main() -> None:
    """Serve until told to stop: arguments are the database, the broker and the channel's file."""
    database_url, broker, path = sys.argv[1:4]
    context = JobContext(
        database=Database.open(database_url, MasterKey(MASTER)),
        clock=SystemClock(),
        ids=SystemIds(),
        channels={ChannelName.WEB: FileChannel(Path(path))},
        wake=SilentWake(),
        words=lambda _lang: english(),
        objects=MemoryObjects(),
        worker="celery-test",
    )
    run_worker(
        make_celery(broker),
        context,
        queues=[Queue.DELIVER, Queue.BULK],
        concurrency=2,
        on_hang=end_process,
    )


if __name__ == "__main__":
    main()
