"""Speaking first with measure: so many messages a day, the rest in the morning if still true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.alerts.alert import AlertState
from core.alerts.attention import EVERYTHING, Look, Way, Why, Wish, about_scope, topic_scope
from core.alerts.topics import Topic
from core.users.user import User
from tests.fakes.world import World, open_world
from workers.alerts import end_pauses, raise_alerts, raise_for
from workers.deliver import deliver_bulk

TODAY = date(2026, 11, 18)
FOOD, CLOTHES, FUN = "FOOD_AND_DRINK", "GENERAL_MERCHANDISE", "ENTERTAINMENT"
KINDS = {
    FOOD: "FOOD_AND_DRINK_GROCERIES",
    CLOTHES: "GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE",
    FUN: "ENTERTAINMENT_TV_AND_MOVIES",
}


class Bench:
    def __init__(self, world: World, **wishes: object) -> None:
        self.world = world
        self.user: User = world.user(**wishes)  # type: ignore[arg-type]  # preferences by name
        self.chat = world.chat(self.user.id)
        self.account = world.account(self.user)
        self.channel = world.channel()
        for category in sorted(KINDS):
            world.budget(self.user, "100", category)

    def overspend(self, category: str) -> int:
        """Use up most of a budget, by a sum that no other has: the same twice would be news."""
        amount = 85 + sorted(KINDS).index(category)
        self.world.book(self.user, self.account, str(amount), TODAY, KINDS[category])
        told = raise_alerts(self.world.context)
        deliver_bulk(self.world.context)
        return told

    def morning(self) -> int:
        told = raise_for(self.world.context, self.user.id, look=Look.MORNING)
        deliver_bulk(self.world.context)
        return told

    def wish(self, wish: Wish) -> None:
        with self.world.database.work() as uow:
            uow.alerts.wishes.put(self.user.id, wish, now=self.world.now)
            uow.commit()

    def states(self) -> list[tuple[str, str]]:
        with self.world.database.reading() as uow:
            kept = uow.alerts.of(self.user.id)
        return sorted((one.state.value, one.held_for) for one in kept)


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


class TestTheDailyBudget:
    def test_holds_the_rest_and_tells_it_in_the_morning_in_one_message(self, world: World) -> None:
        bench = Bench(world, alerts_a_day=1)
        assert [bench.overspend(one) for one in (FOOD, CLOTHES, FUN)] == [1, 0, 0]
        assert len(bench.channel.texts()) == 1
        assert bench.states() == [("held", "budget"), ("held", "budget"), ("raised", "")]
        world.clock.advance(timedelta(hours=24))
        assert bench.morning() == 2
        assert bench.channel.texts()[-1].startswith("2 things to know")
        assert bench.morning() == 0

    def test_begins_anew_at_the_users_midnight(self, world: World) -> None:
        # 15:00 UTC is 10:00 in New York: its day ends at 05:00 UTC.
        bench = Bench(world, alerts_a_day=1, zone="America/New_York")
        bench.overspend(FOOD)
        world.clock.advance(datetime(2026, 11, 19, 4, 59, tzinfo=UTC) - world.now)
        assert bench.overspend(CLOTHES) == 0
        world.clock.advance(timedelta(minutes=1))
        assert bench.overspend(FUN) == 1

    def test_drops_what_is_no_longer_true(self, world: World) -> None:
        bench = Bench(world, alerts_a_day=1)
        bench.overspend(FOOD)
        bench.overspend(CLOTHES)
        bench.world.book(bench.user, bench.account, "30", TODAY, KINDS[CLOTHES])  # now it is over
        world.clock.advance(timedelta(hours=24))
        assert bench.morning() == 1
        assert "used up" in bench.channel.texts()[-1]
        assert ("lapsed", "budget") in bench.states()

    def test_can_be_lifted(self, world: World) -> None:
        bench = Bench(world, alerts_a_day=None)
        assert [bench.overspend(one) for one in (FOOD, CLOTHES, FUN)] == [1, 1, 1]


class TestWishes:
    def test_mute_one_thing_and_nothing_else(self, world: World) -> None:
        bench = Bench(world)
        bench.wish(Wish(about_scope(FOOD), Way.OFF))
        assert bench.overspend(FOOD) == 0
        assert bench.overspend(CLOTHES) == 1
        assert bench.states() == [("muted", Why.MUTED.value), ("raised", "")]
        assert bench.morning() == 0

    def test_hold_a_kind_for_the_morning(self, world: World) -> None:
        bench = Bench(world)
        bench.wish(Wish(topic_scope(Topic.BUDGETS), Way.DAILY))
        assert bench.overspend(FOOD) == 0
        assert bench.morning() == 1

    def test_hold_a_kind_for_the_recap_or_the_morning_where_there_is_none(
        self, world: World
    ) -> None:
        bench = Bench(world, recap_day=None)
        bench.wish(Wish(topic_scope(Topic.BUDGETS), Way.WEEKLY))
        assert bench.overspend(FOOD) == 0
        assert bench.morning() == 1

    def test_pause_everything_and_tell_it_when_the_pause_ends(self, world: World) -> None:
        bench = Bench(world)
        bench.wish(Wish(EVERYTHING, Way.OFF, world.now + timedelta(hours=2)))
        assert bench.overspend(FOOD) == 0
        assert end_pauses(world.context) == 0
        world.clock.advance(timedelta(hours=2))
        assert [end_pauses(world.context) for _ in range(3)] == [1, 0, 0]
        deliver_bulk(world.context)
        assert len(bench.channel.texts()) == 1
        with world.database.reading() as uow:
            assert uow.alerts.wishes.of(bench.user.id) == ()

    def test_of_a_mute_that_comes_later_reach_what_waits(self, world: World) -> None:
        bench = Bench(world, alerts_a_day=1)
        bench.overspend(FOOD)
        bench.overspend(CLOTHES)
        bench.wish(Wish(topic_scope(Topic.BUDGETS), Way.OFF))
        world.clock.advance(timedelta(hours=24))
        assert bench.morning() == 0
        assert ("muted", "budget") in bench.states()

    def test_replace_each_other_by_their_scope(self, world: World) -> None:
        bench = Bench(world)
        bench.wish(Wish(EVERYTHING, Way.OFF))
        bench.wish(Wish(EVERYTHING, Way.WEEKLY))
        with world.database.work() as uow:
            assert uow.alerts.wishes.of(bench.user.id) == (Wish(EVERYTHING, Way.WEEKLY),)
            assert uow.alerts.wishes.remove(bench.user.id, EVERYTHING)
            assert not uow.alerts.wishes.remove(bench.user.id, EVERYTHING)


class TestQuietHoursAndTheBudget:
    def test_count_a_message_of_the_night_for_the_day_it_was_found(self, world: World) -> None:
        bench = Bench(world, alerts_a_day=1, quiet_from=time(14), quiet_until=time(16))
        assert bench.overspend(FOOD) == 1
        assert bench.channel.texts() == []
        assert bench.overspend(CLOTHES) == 0
        with world.database.reading() as uow:
            waiting = uow.alerts.waiting(bench.user.id)
        assert [one.state for one in waiting] == [AlertState.HELD]
