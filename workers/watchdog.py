"""Notices workers that hang: they say what they do, and their heart beats in the database."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.store.unit_of_work import StoreUnavailable
from workers.context import JobContext

_log = logging.getLogger(__name__)

_BEAT_SECONDS = 5.0
# A job that takes longer than this hangs: every wait inside it has a shorter end of its own.
HANGS_AFTER_SECONDS = 180.0
# The exit status of sysexits.h for a fault of the program itself.
_SOFTWARE_FAULT = 70
_WAITING = "waiting"


def end_process(_hanging: tuple[str, ...]) -> None:
    """End this process at once, for its supervisor to start a new one; leases make that safe."""
    os._exit(_SOFTWARE_FAULT)


class Watch:
    """What each thread is doing, and since when; one that does nothing at all has gone."""

    def __init__(self) -> None:
        """Begin with nobody at work."""
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[str, float]] = {}
        self._done: dict[str, int] = {}

    @contextmanager
    def working(self, worker: str, job: str) -> Iterator[None]:
        """Say that ``worker`` is doing ``job``, until the block ends."""
        with self._lock:
            self._seen[worker] = (job, time.monotonic())
        try:
            yield
        finally:
            with self._lock:
                self._seen[worker] = (_WAITING, time.monotonic())
                self._done[job] = self._done.get(job, 0) + 1

    def goes_on(self, worker: str) -> None:
        """Say that ``worker`` is still at its job and has come further."""
        with self._lock:
            if worker in self._seen:
                self._seen[worker] = (self._seen[worker][0], time.monotonic())

    def hanging(self, longer_than: float) -> tuple[str, ...]:
        """Return the workers that have not come round for longer than so many seconds."""
        now = time.monotonic()
        with self._lock:
            return tuple(
                sorted(
                    f"{worker}:{job}"
                    for worker, (job, since) in self._seen.items()
                    if now - since > longer_than
                )
            )

    def rounds(self) -> dict[str, int]:
        """Return how often each job has run."""
        with self._lock:
            return dict(self._done)


class Watchdog:
    """Writes the heartbeat and calls ``on_hang`` when a thread does not come back.

    In production ``on_hang`` is `end_process`; in a process that also serves users it only logs.
    """

    def __init__(
        self,
        context: JobContext,
        watch: Watch,
        *,
        on_hang: Callable[[tuple[str, ...]], None],
        hangs_after: float = HANGS_AFTER_SECONDS,
        every_seconds: float = _BEAT_SECONDS,
    ) -> None:
        """Watch over the threads that report to ``watch``."""
        self._context = context
        self._watch = watch
        self._on_hang = on_hang
        self._hangs_after = hangs_after
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join(self._every)

    def look(self) -> tuple[str, ...]:
        """Beat once and return who hangs."""
        hanging = self._watch.hanging(self._hangs_after)
        try:
            with self._context.database.work() as uow:
                uow.schedules.beat(
                    self._context.worker,
                    "all",
                    now=self._context.clock.now(),
                    note=" ".join(hanging),
                )
                uow.commit()
        except StoreUnavailable:
            _log.warning("heartbeat_not_written")
        return hanging

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            hanging = self.look()
            if hanging:
                _log.critical("workers_hang", extra={"workers": hanging})
                self._on_hang(hanging)
