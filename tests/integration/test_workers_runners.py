"""The two runners and their bells: work is done soon after a ring, and without one as well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.clock import SystemClock
from core.store.unit_of_work import Database
from core.wake import Wake
from tests.fakes.world import RingingWake, World, open_world
from workers.celery_app import CeleryWake, make_celery, register_tasks, task_name
from workers.context import JobContext
from workers.inline import Bells, InlineRunner, run_once
from workers.jobs import JOBS, Queue
from workers.redis_wake import RedisEar, RedisWake
from workers.watchdog import Watch, Watchdog

pytestmark = pytest.mark.slow

# A port nobody listens on.
NOWHERE = "redis://127.0.0.1:1/0"
SOON = 10.0


def wait_for(true: Callable[[], bool], seconds: float = SOON) -> bool:
    """Look again and again until it is true, or too late."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())


def seconds_to_ring(wake: Wake) -> float:
    started = time.monotonic()
    for _ in range(100):
        wake.ring("turns")
    return time.monotonic() - started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_world(f"sqlite:///{tmp_path}/runner.db")
    made.clock.advance(SystemClock().now() - made.now)
    yield made
    made.database.close()


@pytest.fixture
def context(world: World) -> JobContext:
    return replace(world.context, clock=SystemClock())


class TestInlineRunner:
    def test_does_waiting_work_and_stops_when_told(self, world: World, context: JobContext) -> None:
        channel = world.channel()
        user = world.user().id
        for number in range(5):
            world.queue(world.chat(user, f"web:{number}"))
        runner = InlineRunner(replace(context, channels=world.channels), Bells())
        runner.start()
        assert wait_for(lambda: len(channel.sent) == 5)
        assert runner.stop()
        assert len(channel.sent) == 5

    def test_wakes_for_its_bell_before_its_time(self, world: World, context: JobContext) -> None:
        answered = threading.Event()
        calls: list[float] = []

        class Handler:
            def handle_next(self) -> bool:
                calls.append(time.monotonic())
                answered.set()
                return False

        bells = Bells()
        runner = InlineRunner(
            replace(context, handler=Handler()),
            bells,
            queues=[Queue.TURNS],
            threads={Queue.TURNS: 1},
        )
        runner.start()
        assert answered.wait(SOON)
        answered.clear()
        rung = time.monotonic()
        bells.ring("turns")
        assert answered.wait(SOON)
        assert calls[-1] - rung < 0.5
        assert runner.stop()

    def test_serves_only_the_queues_it_was_given(self, world: World, context: JobContext) -> None:
        channel = world.channel()
        world.queue(world.chat(world.user().id))
        runner = InlineRunner(
            replace(context, channels=world.channels), Bells(), queues=[Queue.EXECUTOR]
        )
        runner.start()
        assert wait_for(lambda: runner.watch.rounds().get("execute_approved", 0) > 0)
        assert runner.stop()
        assert channel.sent == []

    def test_outlives_a_job_that_breaks(self, context: JobContext) -> None:
        class Broken:
            rounds = 0

            def handle_next(self) -> bool:
                self.rounds += 1
                raise ValueError("broken")

        handler = Broken()
        bells = Bells()
        runner = InlineRunner(replace(context, handler=handler), bells, queues=[Queue.TURNS])
        runner.start()
        assert wait_for(lambda: handler.rounds >= 1)
        bells.ring("turns")
        assert wait_for(lambda: handler.rounds >= 3)
        assert runner.stop()

    def test_that_has_nothing_to_do_for_long_does_not_hang(self, context: JobContext) -> None:
        """The rounds come once in ten minutes: between them their thread still comes round."""
        watch = Watch()
        runner = InlineRunner(context, Bells(), queues=[Queue.ROUNDS], watch=watch)
        runner.start()
        rounds = sum(job.queue is Queue.ROUNDS for job in JOBS)
        try:
            assert wait_for(lambda: len(watch.rounds()) == rounds)
            time.sleep(3.0)
            assert watch.hanging(2.5) == ()
        finally:
            runner.stop()


class TestRunOnce:
    def test_runs_every_job_of_the_table_on_an_empty_database(self, world: World) -> None:
        assert set(run_once(world.context)) == {job.name for job in JOBS}
        assert not any(run_once(world.context).values())


class TestWatchdog:
    def test_beats_in_the_database(self, world: World) -> None:
        Watchdog(world.context, Watch(), on_hang=lambda _who: None).look()
        with world.database.reading() as uow:
            (beat,) = uow.schedules.beats()
        assert (beat.worker, beat.beat_at) == ("worker", world.now)

    @pytest.mark.slow
    def test_reports_a_thread_that_does_not_come_back(self, world: World) -> None:
        watch, hung = Watch(), list[tuple[str, ...]]()
        dog = Watchdog(
            world.context, watch, on_hang=hung.append, hangs_after=0.05, every_seconds=0.05
        )
        with watch.working("turns-0", "answer_waiting"):
            dog.start()
            assert wait_for(lambda: bool(hung))
        dog.stop()
        assert hung[0] == ("turns-0:answer_waiting",)

    def test_reports_a_thread_that_is_gone(self) -> None:
        watch = Watch()
        with watch.working("turns-0", "answer_waiting"):
            pass
        assert watch.hanging(60) == ()
        assert watch.hanging(0) == ("turns-0:waiting",)

    def test_bears_a_database_that_is_away(self, world: World, tmp_path: Path) -> None:
        away = Database.open(f"sqlite:///{tmp_path}/empty.db", world.database.master)
        watchdog = Watchdog(
            replace(world.context, database=away), Watch(), on_hang=lambda _who: None
        )
        assert watchdog.look() == ()
        away.close()


class TestRedisWake:
    def test_is_heard_in_another_process(self, redis_url: str) -> None:
        there = RingingWake()
        ear = RedisEar(redis_url, there)
        ear.start()
        assert ear.wait_until_listening(SOON)
        wake = RedisWake(redis_url, RingingWake())
        wake.ring("deliver")
        assert wait_for(lambda: there.rings == ["deliver"])
        wake.close()
        ear.stop()

    def test_rings_here_at_once_when_redis_is_away(self) -> None:
        here = RingingWake()
        wake = RedisWake(NOWHERE, here)
        assert seconds_to_ring(wake) < 0.2
        assert here.rings == ["turns"] * 100

    def test_listens_in_vain_without_harm(self) -> None:
        ear = RedisEar(NOWHERE, RingingWake())
        ear.start()
        assert not ear.wait_until_listening(0.1)
        ear.stop()


class TestCelery:
    def test_has_a_task_for_every_job_and_no_result(self, world: World) -> None:
        app = make_celery("memory://")
        register_tasks(app, world.context)
        assert {task_name(job) for job in JOBS} <= set(app.tasks)
        assert app.conf.task_ignore_result
        assert app.conf.worker_prefetch_multiplier == 1
        assert app.conf.result_backend is None

    def test_sends_tasks_that_carry_nothing(self, redis_url: str, world: World) -> None:
        app = make_celery(redis_url)
        here = RingingWake()
        wake = CeleryWake(app, here)
        wake.ring("deliver")
        assert here.rings == ["deliver"]
        with app.connection_for_read() as connection:
            channel = connection.default_channel
            arrived: list[Any] = []

            def look() -> bool:
                message = channel.basic_get("deliver", no_ack=True)
                arrived.extend([message] if message is not None else [])
                return bool(arrived)

            assert wait_for(look)
        wake.close()
        (message,) = arrived
        assert message.headers["task"] == "financemaster.deliver_urgent"
        assert message.headers["eta"] is None
        assert message.payload[:2] == [[], {}]

    def test_runs_the_job_of_the_table(self, world: World) -> None:
        channel = world.channel()
        world.queue(world.chat(world.user().id))
        app = make_celery("memory://")
        register_tasks(app, world.context)
        app.tasks["financemaster.deliver_urgent"].apply()
        assert len(channel.sent) == 1

    def test_is_not_missed_when_the_broker_is_away(self) -> None:
        here = RingingWake()
        wake = CeleryWake(make_celery(NOWHERE), here)
        assert seconds_to_ring(wake) < 0.2
        assert here.rings == ["turns"] * 100
