"""Figures for Prometheus, read from the database when asked; no label names a user."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.app import App
from core.messaging.outbox import Backlog
from core.store.console_queries import ConsoleQueries
from core.store.schedule_store import BACKUP_MARK, Heartbeat
from core.store.work_queries import Pile, WorkQueries

# Asked by several at once, the database still counts only so often.
_FRESH_SECONDS = 5.0
QUANTILES = (0.5, 0.95, 0.99)
_MODEL_WINDOW = timedelta(days=1)
_ERROR_WINDOW = timedelta(hours=1)
# Who has not come round for longer is gone for good: renamed, or switched off on purpose.
_FORGOTTEN_AFTER = timedelta(days=1)

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
    refused: Sequence[str]
    piles: Mapping[str, Pile]
    errors: Counts
    beats: Sequence[Heartbeat]
    backup: str | None
    at: datetime


class Figures(Collector):
    """Collects the figures of one installation; the same from each of its processes."""

    def __init__(self, app: App) -> None:
        """Read from the database of ``app``."""
        self._app = app
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
        yield _refused(read.refused)
        yield _gauge("model_tokens", read.model_tokens, description="Tokens of models, 24 h")
        yield from _queues(read)
        yield _errors(read.errors)
        yield _beat_ages(read)
        if read.backup:
            made = datetime.fromisoformat(read.backup)
            yield _gauge("backup_age_seconds", _age(made, read.at), description="Newest backup")

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
            work = WorkQueries(uow.connection)
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
                refused=sorted(uow.model_calls.refusals(since=now - _MODEL_WINDOW)),
                piles=work.piles(now=now),
                errors=work.delivery_errors(since=now - _ERROR_WINDOW),
                beats=uow.schedules.beats(),
                backup=uow.schedules.mark(BACKUP_MARK),
                at=now,
            )


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


def _queues(read: _Read) -> Iterator[Metric]:
    """Yield what is due in each queue: how much, and for how long (autoscaling goes by that)."""
    waiting = GaugeMetricFamily("financemaster_queue_waiting", "Due work", labels=("queue",))
    oldest = GaugeMetricFamily(
        "financemaster_queue_oldest_seconds", "Oldest due work", labels=("queue",)
    )
    for queue, pile in sorted(read.piles.items()):
        waiting.add_metric((queue,), pile.waiting)
        oldest.add_metric((queue,), pile.age(read.at))
    yield waiting
    yield oldest


def _errors(counts: Counts) -> Metric:
    """Return the tries to send that went wrong lately, by what the provider said of them."""
    family = GaugeMetricFamily(
        "financemaster_delivery_errors", "Tries gone wrong, 1 h", labels=("channel", "reason")
    )
    for labels, number in sorted(counts.items()):
        family.add_metric(labels, number)
    return family


def _refused(models: Sequence[str]) -> Metric:
    """Return the models whose newest question was turned away: a wrong key, or no such model."""
    family = GaugeMetricFamily("financemaster_model_refused", "Turned away", labels=("model",))
    for model in models:
        family.add_metric((model,), 1)
    return family


def _beat_ages(read: _Read) -> Metric:
    """Return how long each kind of worker has not come round; several of a kind count as one."""
    family = GaugeMetricFamily(
        "financemaster_worker_beat_age_seconds", "Since last heartbeat", labels=("worker",)
    )
    for beat in read.beats:
        if read.at - beat.beat_at < _FORGOTTEN_AFTER:
            family.add_metric((beat.worker,), _age(beat.beat_at, read.at))
    return family


def _gauge(name: str, value: float, *, description: str) -> Metric:
    return GaugeMetricFamily(f"financemaster_{name}", description, value=value)


def _turn_seconds(sorted_seconds: Sequence[float]) -> Iterator[Metric]:
    """Yield quantiles over the newest turns: how long users waited lately."""
    family = GaugeMetricFamily("financemaster_turn_seconds", "Newest turns", labels=("quantile",))
    for quantile in QUANTILES if sorted_seconds else ():
        at = min(len(sorted_seconds) - 1, int(quantile * len(sorted_seconds)))
        family.add_metric((str(quantile),), sorted_seconds[at])
    yield family


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0
