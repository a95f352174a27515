"""A real Celery worker on a real Redis and PostgreSQL: woken by tasks, alive without them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from core.clock import SystemClock
from core.wake import SilentWake
from tests.fakes.world import World, open_world
from workers.celery_app import CeleryWake, make_celery

ROOT = Path(__file__).resolve().parents[2]
SOON = 30.0

pytestmark = pytest.mark.slow


class Worker:
    """The process and what it has sent."""

    def __init__(self, world: World, url: str, broker: str, folder: Path) -> None:
        self.world = world
        self.broker = broker
        self._file = folder / "sent.txt"
        self._file.touch()
        command = [sys.executable, "-m", "tests.fakes.celery_process", url, broker, self._file]
        self.process = subprocess.Popen([str(part) for part in command], cwd=ROOT)

    def sent(self) -> Counter[str]:
        return Counter(self._file.read_text(encoding="utf-8").split())

    def wait_for(self, ids: set[str]) -> bool:
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            if ids <= set(self.sent()):
                return True
            time.sleep(0.05)
        return False

    def is_ready(self) -> bool:
        """Tell whether the heartbeat in the database has begun."""
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            with self.world.database.reading() as uow:
                if uow.schedules.beats():
                    return True
            time.sleep(0.1)
        return False

    def queue(self, count: int) -> set[str]:
        user = self.world.user(f"{self.world.ids.new('u')}@example.org").id
        return {self.world.queue(self.world.chat(user, f"web:{user}-{n}")) for n in range(count)}


@pytest.fixture
def crew(fresh_postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Worker]:
    world = open_world(fresh_postgres_url)
    world.clock.advance(SystemClock().now() - world.now)
    made = Worker(world, fresh_postgres_url, redis_url, tmp_path)
    yield made
    made.process.kill()
    made.process.wait()
    world.database.close()


class TestCeleryWorker:
    def test_sends_what_it_is_woken_for_and_what_it_is_not(self, crew: Worker) -> None:
        assert crew.is_ready()
        wake = CeleryWake(make_celery(crew.broker), SilentWake())
        woken = crew.queue(10)
        for _ in range(20):
            wake.ring("deliver")
        assert crew.wait_for(woken)
        unheard = crew.queue(10)
        assert crew.wait_for(unheard)
        redis.Redis.from_url(crew.broker).flushdb()
        after_loss = crew.queue(10)
        wake.ring("deliver")
        assert crew.wait_for(after_loss)
        wake.close()
        assert crew.sent() == Counter(woken | unheard | after_loss)

    def test_ends_cleanly_when_told(self, crew: Worker) -> None:
        assert crew.is_ready()
        crew.process.send_signal(signal.SIGTERM)
        assert crew.process.wait(SOON) == 0


class TestBeat:
    def test_rings_the_jobs_of_the_table_and_carries_nothing(self, redis_url: str) -> None:
        code = f"from workers.celery_app import *; run_beat(make_celery({redis_url!r}))"
        beat = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        client = redis.Redis.from_url(redis_url)
        try:
            end = time.monotonic() + SOON
            while client.llen("background") == 0 and time.monotonic() < end:
                time.sleep(0.1)
            waiting = client.lrange("background", 0, -1)
        finally:
            beat.kill()
            beat.wait()
            client.flushdb()
            client.close()
        headers = [json.loads(message)["headers"] for message in waiting]
        assert {"financemaster.seal_audit"} <= {header["task"] for header in headers}
        assert {header["argsrepr"] for header in headers} == {"()"}
        assert all(header["expires"] for header in headers)
