"""Limits hold over all processes; without Redis each keeps to its share, and nothing breaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
import redis

from core.messaging.address import ChannelName
from core.messaging.outbound import MessageClass
from core.messaging.pace import Pace
from core.rate_limits import Limit, LocalLimiter
from tests.fakes.world import open_world
from workers.deliver import deliver_bulk, deliver_urgent
from workers.redis_limits import RedisLimiters

_API = Limit("api", 100, 60)
_NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def broker(redis_url: str) -> Iterator[str]:
    yield redis_url
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    client.close()


class TestOverAllProcesses:
    @pytest.mark.slow
    def test_two_processes_at_once_let_through_exactly_what_one_would(self, broker: str):
        makers = [RedisLimiters(broker, processes=2) for _ in range(2)]
        limiters = [make(_API) for make in makers]
        passed: list[int] = []

        def ask(number: int) -> None:
            passed.extend(limiters[number].wait("alice") == 0 for _ in range(90))

        threads = [Thread(target=ask, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(passed) == 100
        assert 50 <= limiters[0].wait("alice") <= 60
        assert limiters[1].wait("bob") == 0
        for make in makers:
            make.close()

    @pytest.mark.slow
    def test_a_window_moves_on(self, broker: str):
        make = RedisLimiters(broker, processes=1)
        limiter = make(Limit("short", 2, 0.3))
        assert [limiter.wait("a") for _ in range(3)] == [0, 0, 1]
        time.sleep(0.35)
        assert limiter.wait("a") == 0
        make.close()

    @pytest.mark.slow
    def test_limits_of_one_name_do_not_count_for_another_and_redis_learns_nobodys_name(
        self, broker: str
    ):
        make = RedisLimiters(broker, processes=1)
        assert make(Limit("one", 1, 60)).wait("alice@example.org") == 0
        assert make(Limit("two", 1, 60)).wait("alice@example.org") == 0
        client = redis.Redis.from_url(broker)
        assert "alice" not in str(client.keys("*"))
        assert all(client.pttl(key) > 0 for key in client.keys("*limit*"))
        client.close()
        make.close()


class TestWithoutRedis:
    def test_each_process_lets_its_share_through_and_waits_for_redis_once(self):
        ticks = [0.0]
        makers = [RedisLimiters(_NOWHERE, processes=2, ticks=lambda: ticks[0]) for _ in range(2)]
        limiters = [make(_API) for make in makers]
        began = time.monotonic()
        passed = sum(limiter.wait("alice") == 0 for limiter in limiters for _ in range(80))
        assert time.monotonic() - began < 2
        assert passed == 100
        assert limiters[0].wait("alice") > 0

    @pytest.mark.slow
    def test_what_passed_before_redis_went_still_counts(self, broker: str):
        ticks = [0.0]
        make = RedisLimiters(broker, processes=2, ticks=lambda: ticks[0])
        limiter = make(_API)
        assert [limiter.wait("alice") for _ in range(60)] == [0] * 60
        make._client.connection_pool.disconnect()
        make._away_until = 1.0  # as after a failure
        assert limiter.wait("alice") > 0  # its share of 50 is used up already
        ticks[0] = 2.0
        assert limiter.wait("alice") == 0  # Redis is back, and has counted 60
        make.close()


class TestPace:
    def test_alerts_keep_below_the_providers_pace_and_answers_do_not_wait(self):
        world = open_world()
        channel = world.channel(ChannelName.TELEGRAM)
        chat = world.chat(world.user().id, "telegram:700")
        seconds, rests = [0.0], list[float]()

        def rest(wanted: float) -> None:
            rests.append(wanted)
            seconds[0] += wanted

        pace = Pace(
            lambda limit: LocalLimiter(limit, clock=lambda: seconds[0]), {ChannelName.TELEGRAM: 3}
        )
        context = replace(world.context, pace=pace.wait, rest=rest)
        for _ in range(7):
            world.queue(chat, message_class=MessageClass.ALERT)
        for _ in range(5):
            world.queue(chat)
        assert deliver_urgent(context) == 5
        assert rests == []
        assert deliver_bulk(context) == 7
        assert channel.calls == 12
        assert len(rests) == 2
        world.database.close()

    def test_a_channel_without_a_limit_is_never_waited_for(self):
        pace = Pace(LocalLimiter, {ChannelName.SMS: 0})
        assert [pace.wait(ChannelName.SMS) for _ in range(50)] == [0] * 50
