"""The default runner: threads in this process, woken by bells and, without one, by the clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from workers.context import JobContext
from workers.jobs import JOBS, Job, Queue, queue_of, run_job
from workers.watchdog import Watch

_log = logging.getLogger(__name__)

# How many threads serve each queue. SQLite has one writer, so more would only wait.
THREADS: Mapping[Queue, int] = {
    Queue.TURNS: 2,
    Queue.DELIVER: 2,
    Queue.BULK: 1,
    Queue.EXECUTOR: 1,
    Queue.BACKGROUND: 1,
    Queue.PAPERS: 1,
    Queue.BANKS: 1,
    Queue.ROUNDS: 1,
}
_POLL_SECONDS = 1.0
_STOP_SECONDS = 15.0


class Bells:
    """A `Wake` for the threads of this process."""

    def __init__(self) -> None:
        """Hang one bell for each queue."""
        self._events = {queue: threading.Event() for queue in Queue}

    def ring(self, job: str) -> None:
        """Wake whoever serves the job's queue; an unknown name wakes nobody."""
        queue = queue_of(job)
        if queue is not None:
            self._events[queue].set()

    def wait(self, queue: Queue, seconds: float) -> bool:
        """Sleep until the bell rings or ``seconds`` have passed; tell whether it rang."""
        rang = self._events[queue].wait(seconds)
        self._events[queue].clear()
        return rang

    def ring_all(self) -> None:
        """Wake everybody."""
        for event in self._events.values():
            event.set()


class InlineRunner:
    """Runs the job table in threads until it is stopped."""

    def __init__(
        self,
        context: JobContext,
        bells: Bells,
        *,
        queues: Iterable[Queue] = tuple(Queue),
        threads: Mapping[Queue, int] = THREADS,
        watch: Watch | None = None,
    ) -> None:
        """Serve ``queues``; the context's long rounds end when this runner stops."""
        self._stop = threading.Event()
        self._context = replace(context, stopping=self._stop.is_set, rest=self._rest)
        self._bells = bells
        self._watch = watch or Watch()
        self._threads = [
            threading.Thread(target=self._serve, args=(queue,), name=f"{queue}-{number}")
            for queue in queues
            for number in range(threads[queue])
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.daemon = True  # a hanging provider must not keep the process from ending
            thread.start()

    def stop(self, seconds: float = _STOP_SECONDS) -> bool:
        """End after the item in hand; tell whether every thread did so in time."""
        self._stop.set()
        self._bells.ring_all()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            _log.warning("threads_still_busy", extra={"threads": late})
        return not late

    @property
    def context(self) -> JobContext:
        """The world of its jobs: their long rounds end when this runner stops."""
        return self._context

    @property
    def watch(self) -> Watch:
        """What the threads are doing, for the watchdog."""
        return self._watch

    def _rest(self, seconds: float) -> None:
        self._watch.goes_on(threading.current_thread().name)
        if seconds > 0:
            self._stop.wait(seconds)

    def _serve(self, queue: Queue) -> None:
        """Run the queue's jobs whenever they are due, or its bell has rung."""
        rounds = {job.name: _Round(job) for job in JOBS if job.queue is queue}
        rang = True
        while not self._stop.is_set():
            for round_ in rounds.values():
                if rang or round_.is_due(time.monotonic()):
                    self._run(round_)
            soonest = min(round_.next_at for round_ in rounds.values())
            pause = min(_POLL_SECONDS, max(0.0, soonest - time.monotonic()))
            rang = self._bells.wait(queue, pause)
            # Nothing to do for minutes is no hang: it came round.
            self._watch.goes_on(threading.current_thread().name)

    def _run(self, round_: _Round) -> None:
        name = threading.current_thread().name
        with self._watch.working(name, round_.job.name):
            run_job(round_.job, self._context)
        round_.ran(time.monotonic())


class _Round:
    """When a job of this thread comes next."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.next_at = 0.0

    def is_due(self, at: float) -> bool:
        return at >= self.next_at

    def ran(self, at: float) -> None:
        self.next_at = at + self.job.every_seconds


def run_once(context: JobContext, jobs: Iterable[Job] = JOBS) -> Mapping[str, int]:
    """Run every job once, in order: for one-shot commands and tests."""
    return {job.name: run_job(job, context) for job in jobs}


def run_until_quiet(context: JobContext, jobs: Iterable[Job] = JOBS, rounds: int = 10) -> None:
    """Run the jobs until none finds work any more, or ``rounds`` have passed."""
    listed = tuple(jobs)
    for _ in range(rounds):
        if not any(run_once(context, listed).values()):
            return
