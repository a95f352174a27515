"""The job table: one place for both runners, and nothing in it stops a runner."""

from __future__ import annotations

import logging
from typing import cast

import pytest

from workers.context import JobContext
from workers.jobs import JOBS, Job, Queue, queue_of, run_job

NOTHING = cast("JobContext", None)


class TestJobs:
    def test_have_names_of_their_own(self) -> None:
        names = [job.name for job in JOBS]
        assert len(set(names)) == len(names)
        assert not set(names) & {queue.value for queue in Queue}

    def test_leave_no_queue_without_work(self) -> None:
        assert {job.queue for job in JOBS} == set(Queue)

    def test_keep_what_acts_outside_in_a_queue_of_its_own(self) -> None:
        executor = {job.name for job in JOBS if job.queue is Queue.EXECUTOR}
        assert executor == {
            "execute_approved",
            "recover_executions",
            "follow_cancellations",
            "follow_payments",
            "erase_due",
        }

    def test_never_let_bulk_share_a_queue_with_answers(self) -> None:
        queues = {job.name: job.queue for job in JOBS}
        assert queues["deliver_bulk"] is not queues["deliver_urgent"]

    def test_never_let_long_rounds_hold_up_what_has_its_hour(self) -> None:
        rounds = {job.name for job in JOBS if job.queue is Queue.ROUNDS}
        assert {"look_ahead", "refresh_subscriptions", "compare_balances"} <= rounds
        assert not rounds & {"fire_due", "make_summaries", "raise_alerts", "expire_approvals"}

    def test_come_round_within_a_second_where_somebody_waits(self) -> None:
        paces = {job.name: job.every_seconds for job in JOBS}
        for name in ("answer_waiting", "deliver_urgent", "execute_approved"):
            assert paces[name] <= 1


class TestQueueOf:
    @pytest.mark.parametrize(
        ("bell", "queue"),
        [
            ("turns", Queue.TURNS),
            ("deliver", Queue.DELIVER),
            ("executor", Queue.EXECUTOR),
            ("deliver_bulk", Queue.BULK),
            ("alerts", Queue.BACKGROUND),
            ("nobody", None),
        ],
    )
    def test_hears_a_bell_by_the_name_of_job_or_queue(self, bell: str, queue: Queue | None) -> None:
        assert queue_of(bell) is queue


class TestRunJob:
    def test_logs_what_breaks_and_goes_on(self, caplog: pytest.LogCaptureFixture) -> None:
        def broken(_context: JobContext) -> int:
            raise ValueError("secret amount 12.50")

        job = Job("broken", Queue.BACKGROUND, 1, broken)
        with caplog.at_level(logging.ERROR):
            assert run_job(job, NOTHING) == 0
        assert "job_broke" in caplog.text
