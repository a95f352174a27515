"""Figures for Prometheus, read from the database when asked; no label names a user."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.api.background import Background
from bot.app import App
from core.messaging.outbox import Backlog
from core.store.console_queries import ConsoleQueries

# Asked by several at once, the database still counts only so often.
_FRESH_SECONDS = 5.0
_QUANTILES = (0.5, 0.95, 0.99)
_MODEL_WINDOW = timedelta(days=1)

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
    model: Counts
    model_tokens: int


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
        yield _family("turns", read.turns, "planner", description="Turns by planner")
        yield _family("deliveries", read.deliveries, description="Messages that go out")
        yield _family("inbound", read.inbox, description="Messages that came in")
        yield _family("approvals", read.approvals, "action", description="Approvals by action")
        yield from _turn_seconds(read.turn_seconds)
        yield from _piles(read)
        yield _family("model_calls", read.model, "model", description="Questions to models, 24 h")
        yield _gauge("model_tokens", read.model_tokens, description="Tokens of models, 24 h")
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
            model = uow.model_calls.ends(since=now - _MODEL_WINDOW)
            return _Read(
                turns=queries.turns(),
                turn_seconds=queries.turn_seconds(),
                deliveries=queries.deliveries(),
                inbox=queries.inbox(),
                approvals=queries.approvals(),
                inbox_waiting=waiting,
                inbox_age=_age(oldest, now),
                outbox=uow.outbox.tracking.backlog(now=now),
                model={labels: spent.calls for labels, spent in model.items()},
                model_tokens=sum(spent.tokens for spent in model.values()),
            )

    def _job_runs(self) -> Metric:
        runs = CounterMetricFamily("financemaster_job_runs", "Job rounds here", labels=("job",))
        for job, number in sorted(self._background.job_runs.items()):
            runs.add_metric((job,), number)
        return runs


def _family(name: str, counts: Counts, first: str = "channel", *, description: str) -> Metric:
    """Return a gauge by ``first`` and state."""
    family = GaugeMetricFamily(f"financemaster_{name}", description, labels=(first, "state"))
    for labels, number in sorted(counts.items()):
        family.add_metric(labels, number)
    return family


def _piles(read: _Read) -> Iterator[Metric]:
    """Yield what waits, for how long, and what needs somebody."""
    outbox = read.outbox
    yield _gauge("inbox_waiting", read.inbox_waiting, description="Messages not answered yet")
    yield _gauge("inbox_oldest_seconds", read.inbox_age, description="Age of the oldest of them")
    yield _gauge("outbox_waiting", outbox.ready, description="Messages not sent yet")
    oldest = outbox.oldest_seconds
    yield _gauge("outbox_oldest_seconds", oldest, description="Age of the oldest due one")
    yield _gauge("outbox_unknown", outbox.unknown, description="Sent or not, nobody knows")
    yield _gauge("outbox_failed", outbox.failed, description="Dead letters")


def _gauge(name: str, value: float, *, description: str) -> Metric:
    return GaugeMetricFamily(f"financemaster_{name}", description, value=value)


def _turn_seconds(sorted_seconds: Sequence[float]) -> Iterator[Metric]:
    """Yield quantiles over the newest turns: how long users waited lately."""
    family = GaugeMetricFamily("financemaster_turn_seconds", "Newest turns", labels=("quantile",))
    for quantile in _QUANTILES if sorted_seconds else ():
        at = min(len(sorted_seconds) - 1, int(quantile * len(sorted_seconds)))
        family.add_metric((str(quantile),), sorted_seconds[at])
    yield family


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0
