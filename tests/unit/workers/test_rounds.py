"""Long rounds give way to those who wait, end when told to, and are not taken for stuck."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import cast

import pytest

from core.clock import SystemClock
from core.ids import SystemIds, UserId
from core.wake import Wake
from workers.context import JobContext
from workers.inline import Bells, InlineRunner
from workers.rounds import one_by_one, unhurried
from workers.watchdog import Watch

USERS = tuple(UserId(f"user_{place}") for place in range(5))


@pytest.fixture
def context() -> JobContext:
    """A world without a database: rounds only give out users."""
    nothing = cast("Wake", None)
    return JobContext(
        database=nothing,  # type: ignore[arg-type]
        clock=SystemClock(),
        ids=SystemIds(),
        channels={},
        wake=nothing,
        words=nothing,  # type: ignore[arg-type]
        objects=nothing,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("round_", [one_by_one, unhurried])
class TestRounds:
    def test_give_everybody_in_order(self, context, round_) -> None:
        assert tuple(round_(context, USERS)) == USERS

    def test_end_after_the_user_in_hand(self, context, round_) -> None:
        seen: list[UserId] = []
        stopping = replace(context, stopping=lambda: len(seen) == 2)
        for user_id in round_(stopping, USERS):
            seen += [user_id]
        assert seen == list(USERS[:2])

    def test_show_that_they_live_after_each_user(self, context, round_) -> None:
        rests: list[float] = []
        list(round_(replace(context, rest=rests.append), USERS))
        assert len(rests) >= len(USERS)


class TestUnhurried:
    def test_rests_as_long_as_a_user_took_but_not_for_ever(self, context) -> None:
        times = iter([10.0, 10.25, 20.0, 95.0])
        rests: list[float] = []
        resting = replace(context, rest=rests.append)
        list(unhurried(resting, USERS[:2], seconds=lambda: next(times)))
        assert [rest for rest in rests if rest] == [0.25, 1.0]


class TestRest:
    def test_ends_when_the_runner_stops_and_is_no_hang(self, context) -> None:
        watch = Watch()
        runner = InlineRunner(context, Bells(), queues=[], watch=watch)
        name = threading.current_thread().name
        with watch.working(name, "look_ahead"):
            time.sleep(0.3)
            assert watch.hanging(0.25)
            runner.context.rest(0.0)
            assert watch.hanging(0.25) == ()
            runner.stop()
            runner.context.rest(60)  # returns at once
        assert runner.context.stopping()

    def test_of_a_thread_nobody_watches_leaves_no_trace(self, context) -> None:
        watch = Watch()
        InlineRunner(context, Bells(), queues=[], watch=watch).context.rest(0.0)
        assert watch.hanging(-1.0) == ()
