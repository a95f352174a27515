"""A broker without room: bells that cannot be rung cost a second, never the work (fault 9)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests import servers
from tests.fakes.world import RingingWake, open_world
from workers.celery_app import CeleryWake, make_celery
from workers.inline import Bells, InlineRunner
from workers.jobs import Queue

pytestmark = pytest.mark.slow
_SOON = 20.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A server of this test's own, which it may fill."""
    folder = tmp_path / "redis"
    folder.mkdir()
    url = servers.or_skip(lambda: servers.start_redis(folder))
    yield url
    os.kill(int((folder / "guard.pid").read_text()), signal.SIGTERM)
    end = time.monotonic() + _SOON
    while (folder / "guard.pid").exists() and time.monotonic() < end:
        time.sleep(0.05)


class TestABrokerThatIsFull:
    @pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
    def test_costs_a_second_and_no_message(self, broker: str, policy: str, tmp_path: Path) -> None:
        world = open_world(f"sqlite:///{tmp_path / 'books.db'}")
        channel = world.channel()
        client = redis.Redis.from_url(broker)
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", "1")  # less than the server itself takes
        here = RingingWake()
        wake = CeleryWake(make_celery(f"{broker}/0"), here)
        runner = InlineRunner(world.context, Bells(), queues=[Queue.DELIVER])
        runner.start()
        try:
            chat = world.chat(world.user().id)
            wanted = {world.queue(chat, str(number)) for number in range(5)}
            began = time.monotonic()
            wake.ring("deliver")
            assert time.monotonic() - began < 0.2
            assert here.rings == ["deliver"]
            while set(channel.keys()) != wanted and time.monotonic() - began < _SOON:
                time.sleep(0.02)
            assert sorted(channel.keys()) == sorted(wanted)
        finally:
            runner.stop()
            wake.close()
            client.close()
            world.database.close()
