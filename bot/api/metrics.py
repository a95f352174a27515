"""Figures for Prometheus, read from the database when asked; no label names a user."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.api.background import Background
from bot.app import App
from core.messaging.outbox import Backlog
from core.store.console_queries import ConsoleQueries

# Asked by several at once, the database still counts only so often.
_FRESH_SECONDS = 5.0
_QUANTILES = (0.5, 0.95, 0.99)

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the database found."""

    turns: Counts
    turn_seconds: Sequence[float]
    deliveries: Counts
    inbox: Counts
    approvals: Counts
    inbox_waiting: int
    inbox_age: float
    outbox: Backlog


class Figures(Collector):
    """Collects the figures of one installation; the same from each of its processes."""

    def __init__(self, app: App, background: Background) -> None:
        """Read from the database of ``app``."""
        self._app = app
        self._background = background
        self._lock = threading.Lock()
        self._read: _Read | None = None
        self._read_at = 0.0

    def collect(self) -> Iterable[Metric]:
        """Yield every figure."""
        read = self._fresh()
        yield _family("turns", "Turns by planner and state", ("planner", "state"), read.turns)
        yield from _turn_seconds(read.turn_seconds)
        labels = ("channel", "state")
        yield _family("deliveries", "Outgoing messages", labels, read.deliveries)
        yield _family("inbound", "Messages that came in", labels, read.inbox)
        yield _family("approvals", "Approvals by state", ("action", "state"), read.approvals)
        yield _gauge("inbox_waiting", "Messages not answered yet", read.inbox_waiting)
        yield _gauge("inbox_oldest_seconds", "Age of the oldest of them", read.inbox_age)
        yield _gauge("outbox_waiting", "Messages not sent yet", read.outbox.ready)
        age = read.outbox.oldest_seconds
        yield _gauge("outbox_oldest_seconds", "Age of the oldest due one", age)
        yield _gauge("outbox_unknown", "Messages in doubt", read.outbox.unknown)
        yield _gauge("outbox_failed", "Dead letters", read.outbox.failed)
        yield self._job_runs()

    def _fresh(self) -> _Read:
        with self._lock:
            now = time.monotonic()
            if self._read is None or now - self._read_at > _FRESH_SECONDS:
                self._read, self._read_at = self._look(), now
            return self._read

    def _look(self) -> _Read:
        now = self._app.clock.now()
        with self._app.database.reading() as uow:
            queries = ConsoleQueries(uow.connection)
            waiting, oldest = uow.inbox.backlog()
            return _Read(
                turns=queries.turns(),
                turn_seconds=queries.turn_seconds(),
                deliveries=queries.deliveries(),
                inbox=queries.inbox(),
                approvals=queries.approvals(),
                inbox_waiting=waiting,
                inbox_age=_age(oldest, now),
                outbox=uow.outbox.tracking.backlog(now=now),
            )

    def _job_runs(self) -> Metric:
        runs = CounterMetricFamily(
            "financemaster_job_runs", "Rounds of each job in this process", labels=("job",)
        )
        for job, number in sorted(self._background.job_runs.items()):
            runs.add_metric((job,), number)
        return runs


def _family(name: str, text: str, labels: tuple[str, str], counts: Counts) -> Metric:
    family = GaugeMetricFamily(f"financemaster_{name}", text, labels=labels)
    for (first, second), number in sorted(counts.items()):
        family.add_metric((first, second), number)
    return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"financemaster_{name}", text, value=value)


def _turn_seconds(sorted_seconds: Sequence[float]) -> Iterator[Metric]:
    """Yield quantiles over the newest turns: how long users waited lately."""
    family = GaugeMetricFamily(
        "financemaster_turn_seconds", "Time of the newest turns", labels=("quantile",)
    )
    for quantile in _QUANTILES if sorted_seconds else ():
        at = min(len(sorted_seconds) - 1, int(quantile * len(sorted_seconds)))
        family.add_metric((str(quantile),), sorted_seconds[at])
    yield family


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0
