"""Schedules on a real database: fired once, moved by their owner, counted by turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.alerts.alert import Alert, AlertKind
from core.schedules.due import ScheduleKind
from core.store.schedule_store import Due, Occurrence, OccurrenceState
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.world import World

DAILY = ScheduleKind.DAILY_SUMMARY
HOUR, LEASE = timedelta(hours=1), timedelta(minutes=2)


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from world_on(request)


def planned(world: World, email: str = "ann@example.org") -> Due:
    user_id = world.user(email).id
    with world.database.work() as uow:
        uow.schedules.plan(user_id, DAILY, world.now)
        uow.commit()
    return Due(user_id, DAILY, world.now)


def fire(world: World, due: Due) -> bool:
    with world.database.work() as uow:
        fired = uow.schedules.fire(due, occurs_at=due.due_at, next_due_at=due.due_at + HOUR)
        uow.commit()
    return fired


def claim(world: World) -> Occurrence | None:
    with world.database.work() as uow:
        held = uow.schedules.claim(now=world.now, lease=LEASE)
        uow.commit()
    return held


class TestFire:
    def test_happens_once(self, world: World) -> None:
        due = planned(world)
        assert [fire(world, due) for _ in range(3)] == [True, False, False]

    def test_does_not_undo_a_change_made_meanwhile(self, world: World) -> None:
        due = planned(world)
        tomorrow = world.now + timedelta(days=1)
        with world.database.work() as uow:
            uow.schedules.plan(due.user_id, DAILY, tomorrow)
            uow.commit()
        assert not fire(world, due)
        with world.database.reading() as uow:
            assert uow.schedules.next_due(due.user_id, DAILY) == tomorrow

    def test_leaves_what_was_switched_off(self, world: World) -> None:
        due = planned(world)
        with world.database.work() as uow:
            uow.schedules.switch_off(due.user_id, DAILY)
            uow.commit()
        assert not fire(world, due)


class TestClaim:
    def test_gives_an_occurrence_to_one_worker_at_a_time(self, world: World) -> None:
        fire(world, planned(world))
        assert claim(world) is not None
        assert claim(world) is None

    def test_lets_only_the_present_holder_close_it(self, world: World) -> None:
        fire(world, planned(world))
        stale = claim(world)
        world.clock.advance(LEASE)
        present = claim(world)
        assert stale is not None
        assert present is not None
        assert present.attempts == 2
        with world.database.work() as uow:
            assert not uow.schedules.settle(stale, OccurrenceState.DONE)
            assert uow.schedules.settle(present, OccurrenceState.DONE)
            assert uow.schedules.waiting() == 0
            uow.commit()


class TestTakeTurn:
    def test_is_given_to_one_caller_in_each_interval(self, world: World) -> None:
        def take() -> bool:
            with world.database.work() as uow:
                mine = uow.schedules.take_turn("prune", HOUR, now=world.now)
                uow.commit()
            return mine

        assert [take() for _ in range(3)] == [True, False, False]
        world.clock.advance(HOUR)
        assert [take() for _ in range(2)] == [True, False]


class TestMark:
    def test_keeps_the_last_value(self, world: World) -> None:
        with world.database.work() as uow:
            assert uow.schedules.mark("seen") is None
            uow.schedules.set_mark("seen", "1")
            uow.schedules.set_mark("seen", "2")
            assert uow.schedules.mark("seen") == "2"
            uow.commit()


class TestANewerVersion:
    """Its processes run beside these for a while, and know more kinds."""

    def rename(self, world: World, table: str) -> None:
        with world.database.work() as uow:
            uow.connection.exec_driver_sql(f"UPDATE {table} SET kind = 'newer'")
            uow.commit()

    def test_may_have_schedules_that_are_left_to_it(self, world: World) -> None:
        due = planned(world)
        self.rename(world, "schedules")
        planned(world, "ben@example.org")
        with world.database.reading() as uow:
            found = uow.schedules.due(now=world.now)
        assert [one.kind for one in found] == [DAILY]
        assert due.user_id not in {one.user_id for one in found}

    def test_may_have_fired_what_stops_nobody_here(self, world: World) -> None:
        fire(world, planned(world))
        self.rename(world, "occurrences")
        assert claim(world) is None
        fire(world, planned(world, "ben@example.org"))
        held = claim(world)
        assert held is not None
        assert held.kind is DAILY

    def test_may_have_alerts_that_are_left_to_it(self, world: World) -> None:
        user = world.user()
        alert = Alert(user.id, AlertKind.BILL_DUE, "key", "bill:1", ())
        with world.database.work() as uow:
            kept = uow.alerts.keep_once(alert, now=world.now, ids=world.ids)
            uow.commit()
        assert kept is not None
        with world.database.reading() as uow:
            assert [one.id for one in uow.alerts.of(user.id)] == [kept.id]
        self.rename(world, "alerts")
        with world.database.reading() as uow:
            assert uow.alerts.of(user.id) == uow.alerts.waiting(user.id) == ()
            assert uow.alerts.last_told(user.id) == ()
            assert uow.alerts.told_since(user.id, world.now) == ()
            assert uow.alerts.get(user.id, kept.id) is None
            assert uow.alerts.keys(user.id) == {"key"}
