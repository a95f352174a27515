"""The table of jobs: what runs, how often at least, and in which queue. Both runners read it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.subscriptions.followed import LOOKED_AT_EVERY
from workers.alerts import end_pauses, raise_alerts
from workers.banks import read_banks
from workers.context import JobContext
from workers.deliver import deliver_bulk, deliver_urgent
from workers.erase import erase_due
from workers.executor import execute_approved, recover_executions
from workers.follow import follow_cancellations
from workers.housekeeping import compare_balances, expire_approvals, expire_holds, prune, seal_audit
from workers.insights import look_ahead
from workers.papers import make_papers
from workers.pay import follow_payments
from workers.prices import keep_snapshots, refresh_prices
from workers.rates import refresh_rates
from workers.remind import remind
from workers.retraining import retrain
from workers.retry import reconcile, release_overdue
from workers.security import watch_security
from workers.subscriptions import refresh_subscriptions
from workers.summaries import fire_due, make_summaries
from workers.templates import check_templates
from workers.turns import answer_waiting
from workers.wording import word_ahead

_log = logging.getLogger(__name__)

Run = Callable[[JobContext], int]
_FOLLOWED_EVERY = LOOKED_AT_EVERY.total_seconds()


class Queue(StrEnum):
    """Work that may wait for each other; work in different queues never does."""

    TURNS = "turns"
    DELIVER = "deliver"
    BULK = "bulk"
    EXECUTOR = "executor"
    BACKGROUND = "background"
    PAPERS = "papers"  # what somebody waits for in his chat, and takes seconds to draw
    BANKS = "banks"  # a bank may take half a minute to answer
    ROUNDS = "rounds"  # through everybody's books, once in a while: takes long, and may


@dataclass(frozen=True, slots=True)
class Job:
    """One job. It finds its own work and does nothing when there is none.

    So it may run too often, at the same time twice, or after a bell that rang for nothing;
    ``every_seconds`` is only how long work may lie when no bell is heard.
    """

    name: str
    queue: Queue
    every_seconds: float
    run: Run


JOBS: tuple[Job, ...] = (
    Job("answer_waiting", Queue.TURNS, 1, answer_waiting),
    Job("deliver_urgent", Queue.DELIVER, 1, deliver_urgent),
    Job("release_overdue", Queue.DELIVER, 5, release_overdue),
    Job("deliver_bulk", Queue.BULK, 1, deliver_bulk),
    Job("execute_approved", Queue.EXECUTOR, 1, execute_approved),
    Job("recover_executions", Queue.EXECUTOR, 5, recover_executions),
    Job(
        "follow_cancellations",
        Queue.EXECUTOR,
        LOOKED_AT_EVERY.total_seconds(),
        follow_cancellations,
    ),
    Job("follow_payments", Queue.EXECUTOR, 60, follow_payments),
    Job("erase_due", Queue.EXECUTOR, 30, erase_due),
    Job("reconcile", Queue.BACKGROUND, 10, reconcile),
    Job("raise_alerts", Queue.BACKGROUND, 15, raise_alerts),
    Job("end_pauses", Queue.BACKGROUND, 15, end_pauses),
    Job("watch_security", Queue.BACKGROUND, 10, watch_security),
    Job("remind", Queue.BACKGROUND, 5, remind),
    Job("fire_due", Queue.BACKGROUND, 15, fire_due),
    Job("make_summaries", Queue.BACKGROUND, 15, make_summaries),
    Job("make_papers", Queue.PAPERS, 2, make_papers),
    Job("read_banks", Queue.BANKS, 5, read_banks),
    Job("refresh_subscriptions", Queue.ROUNDS, 3600, refresh_subscriptions),
    Job("refresh_rates", Queue.ROUNDS, 3600, refresh_rates),
    Job("check_templates", Queue.ROUNDS, 3600, check_templates),
    Job("refresh_prices", Queue.ROUNDS, 600, refresh_prices),
    Job("keep_snapshots", Queue.ROUNDS, 3600, keep_snapshots),
    Job("look_ahead", Queue.ROUNDS, 3600, look_ahead),
    Job("word_ahead", Queue.ROUNDS, 600, word_ahead),
    Job("retrain", Queue.ROUNDS, 3600, retrain),
    Job("expire_approvals", Queue.BACKGROUND, 30, expire_approvals),
    Job("expire_holds", Queue.BACKGROUND, 30, expire_holds),
    Job("seal_audit", Queue.BACKGROUND, 5, seal_audit),
    Job("prune", Queue.ROUNDS, 3600, prune),
    Job("compare_balances", Queue.ROUNDS, 3600, compare_balances),
)

# What a bell may be called, besides the jobs' and queues' own names.
_ALSO_CALLED: Mapping[str, Queue] = {"summaries": Queue.BACKGROUND, "alerts": Queue.BACKGROUND}


def queue_of(bell: str) -> Queue | None:
    """Return whom a bell wakes: the queue, or that of the job, it is called after."""
    for job in JOBS:
        if bell in (job.name, job.queue.value):
            return job.queue
    return _ALSO_CALLED.get(bell)


def run_job(job: Job, context: JobContext) -> int:
    """Run a job; what breaks is logged and never ends the one who runs it.

    One of the three places that catch everything: a job that breaks is run again by its clock.
    """
    try:
        return job.run(context)
    except Exception:
        _log.exception("job_broke", extra={"job": job.name})
        return 0
