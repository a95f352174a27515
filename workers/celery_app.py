"""The production runner: Celery carries bells between processes, and nothing else.

A task has no arguments, no result, no time of its own and no retry; it runs a job of the same
table that the inline runner reads. Work is found in the database, so a lost task costs at most
the time until the poll thread beside the worker comes round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from core.wake import Wake
from workers.context import JobContext
from workers.inline import Bells, InlineRunner
from workers.jobs import JOBS, Job, Queue, queue_of, run_job
from workers.ringer import Ringer
from workers.watchdog import Watch, Watchdog

PREFIX = "financemaster"
# Jobs that come round more often are left to the poll threads: a beat each second helps nobody.
_BEATS_FROM_SECONDS = 5
_EXPIRES_SECONDS = 30
_SOCKET_SECONDS = 0.5
_ANSWER_SECONDS = 5.0  # more than a worker's own wait for its next bell


def make_celery(broker: str) -> Celery:
    """Return the Celery app for the broker at ``broker``; it connects to nothing yet."""
    app = Celery(PREFIX, broker=broker, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        beat_schedule={job.name: _beat(job) for job in JOBS if _beats(job)},
        beat_scheduler="celery.beat:Scheduler",  # in memory: the schedules are in the database
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_connect_timeout": _SOCKET_SECONDS,
            # A line that is dead and does not say so would else hold the ringer for ever.
            "socket_timeout": _ANSWER_SECONDS,
            "max_retries": 1,
        },
        task_acks_late=False,
        task_create_missing_queues=True,
        task_default_queue=Queue.BACKGROUND.value,
        task_ignore_result=True,
        task_publish_retry=False,
        task_routes={task_name(job): {"queue": job.queue.value} for job in JOBS},
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )
    return app


def task_name(job: Job) -> str:
    """Return what a job's task is called."""
    return f"{PREFIX}.{job.name}"


def register_tasks(app: Celery, context: JobContext) -> None:
    """Give the app one task for each job."""
    for job in JOBS:
        options = {"name": task_name(job), "ignore_result": True, "max_retries": 0}
        app.task(_task(job, context), shared=False, **options)


class CeleryWake:
    """A `Wake` that rings here at once and sends an empty task to the workers; never raises."""

    def __init__(self, app: Celery, here: Wake) -> None:
        """Ring ``here`` first, then through ``app``."""
        self._app = app
        self._here = here
        self._ringer = Ringer(self._send)

    def ring(self, job: str) -> None:
        """Wake the workers of the job's queue."""
        self._here.ring(job)
        self._ringer.ring(job)

    def close(self) -> None:
        """Stop sending."""
        self._ringer.close()
        self._app.close()

    def _send(self, bell: str) -> None:
        job = _job_for(bell)
        if job is None:
            return
        self._app.send_task(
            task_name(job),
            queue=job.queue.value,
            expires=_EXPIRES_SECONDS,
            ignore_result=True,
            retry=False,
        )


def run_worker(
    app: Celery,
    context: JobContext,
    *,
    queues: Iterable[Queue],
    concurrency: int,
    on_hang: Callable[[tuple[str, ...]], None],
    watch: Watch | None = None,
) -> None:
    """Serve ``queues`` until told to stop: Celery's tasks, and a poll of the same jobs beside.

    Told to stop (SIGTERM), it takes nothing new, ends the item in hand and returns.
    """
    served = tuple(queues)
    threads = dict.fromkeys(served, 1)
    runner = InlineRunner(context, Bells(), queues=served, threads=threads, watch=watch)
    register_tasks(app, runner.context)
    watchdog = Watchdog(context, runner.watch, on_hang=on_hang)

    def begin(**_: object) -> None:
        runner.start()
        watchdog.start()

    def end(**_: object) -> None:
        watchdog.stop()
        runner.stop()

    worker_ready.connect(begin, weak=False)
    worker_shutting_down.connect(end, weak=False)
    # Threads, not processes: jobs wait for the network and the database, and share both pools.
    app.Worker(
        pool="threads",
        concurrency=concurrency,
        queues=[queue.value for queue in served],
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
    ).start()


def run_beat(app: Celery) -> None:
    """Send each job's task at its pace until told to stop; nought or five beats change nothing."""
    app.Beat(loglevel="WARNING").run()


def _task(job: Job, context: JobContext) -> Callable[[], None]:
    def run() -> None:
        run_job(job, context)

    return run


def _job_for(bell: str) -> Job | None:
    """Return the job a bell stands for: itself, or the first of its queue."""
    named = next((job for job in JOBS if job.name == bell), None)
    queue = queue_of(bell)
    return named or next((job for job in JOBS if job.queue is queue), None)


def _beats(job: Job) -> bool:
    return job.every_seconds >= _BEATS_FROM_SECONDS


def _beat(job: Job) -> dict[str, Any]:
    return {
        "task": task_name(job),
        "schedule": job.every_seconds,
        "options": {"queue": job.queue.value, "expires": job.every_seconds},
    }
