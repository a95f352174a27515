"""What is due at a local hour comes once, with one beat, five, or none for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from core.messaging.address import ChannelName
from core.schedules.due import ScheduleKind
from core.schedules.reminder import Every, Reminder, ReminderState, at_clock
from core.users.due_times import next_due
from core.users.user import User
from tests.fakes.databases import DATABASES, world_on
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk
from workers.remind import remind
from workers.summaries import fire_due, make_summaries

# Around what moves clocks and calendars: (zone, the first day, how many days).
TIMES = [
    ("Europe/Madrid", date(2026, 3, 27), 5),
    ("America/New_York", date(2026, 10, 30), 4),
    ("Australia/Lord_Howe", date(2027, 4, 2), 4),
    ("Asia/Kolkata", date(2026, 12, 30), 4),
    ("UTC", date(2028, 2, 27), 4),
]


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


def begin(world: World, zone: str, first: date) -> User:
    start = at_clock(first, time(0, 30), zone)
    world.clock.advance(start - world.now)
    user = world.user(zone=zone, summary_hour=2)
    world.chat(user.id)
    world.channel()
    return user


def remember(world: World, user: User, day: date, clock: time, every: Every) -> Reminder:
    zone = user.preferences.zone
    wanted = Reminder(user.id, "lock up", day, clock, at_clock(day, clock, zone), every, day.day)
    with world.database.work() as uow:
        kept = uow.reminders.add(wanted, now=world.now, ids=world.ids)
        uow.commit()
    return kept


def beat(world: World, times: int) -> None:
    for _ in range(times):
        fire_due(world.context)
        remind(world.context)
    make_summaries(world.context)
    deliver_bulk(world.context)


def said(world: World) -> list[str]:
    web = world.channels[ChannelName.WEB]
    assert isinstance(web, RecordingChannel)
    return web.texts()


@pytest.mark.slow
class TestEachLocalDay:
    @pytest.mark.parametrize("beats", [1, 5])
    @pytest.mark.parametrize(("zone", "first", "days"), TIMES)
    def test_has_one_line_and_one_reminder(
        self, world: World, zone: str, first: date, days: int, beats: int
    ) -> None:
        user = begin(world, zone, first)
        remember(world, user, first, time(2, 30), Every.DAY)
        due = next_due(ScheduleKind.DAILY_SUMMARY, user.preferences, after=world.now)
        assert due is not None
        with world.database.work() as uow:
            uow.schedules.plan(user.id, ScheduleKind.DAILY_SUMMARY, due)
            uow.commit()
        end = at_clock(first + timedelta(days=days), time(0, 30), zone)
        while world.now < end:
            beat(world, beats)
            world.clock.advance(timedelta(minutes=45))
        texts = said(world)
        assert sum("lock up" in text for text in texts) == days
        assert sum("nothing spent" in text for text in texts) == days

    def test_that_nobody_looked_at_is_made_up_for_once(self, world: World) -> None:
        user = begin(world, "Europe/Madrid", date(2026, 3, 27))
        remember(world, user, date(2026, 3, 27), time(2, 30), Every.DAY)
        world.clock.advance(timedelta(days=3, hours=4))  # no beat over the change of clocks
        beat(world, 5)
        assert sum("lock up" in text for text in said(world)) == 1


class TestARemindersTime:
    def test_comes_once_and_is_over(self, world: World) -> None:
        user = begin(world, "Europe/Madrid", date(2026, 11, 18))
        kept = remember(world, user, date(2026, 11, 18), time(9), Every.ONCE)
        beat(world, 1)
        assert said(world) == []
        world.clock.advance(kept.due_at - world.now)
        beat(world, 5)
        assert said(world) == ["You asked me to remind you: lock up"]
        with world.database.reading() as uow:
            assert uow.reminders.get(user.id, kept.id).state is ReminderState.DONE
            assert uow.reminders.of(user.id) == ()

    def test_says_that_it_is_late(self, world: World) -> None:
        user = begin(world, "Europe/Madrid", date(2026, 11, 18))
        kept = remember(world, user, date(2026, 11, 18), time(9), Every.ONCE)
        world.clock.advance(kept.due_at - world.now + timedelta(hours=30))
        beat(world, 1)
        (text,) = said(world)
        assert text == "A reminder that comes late, it was for Wed 18 Nov 09:00: lock up"

    def test_stays_what_the_clock_shows_when_the_user_moves(self, world: World) -> None:
        user = begin(world, "Europe/Madrid", date(2026, 11, 18))
        kept = remember(world, user, date(2026, 11, 19), time(9), Every.ONCE)
        with world.database.work() as uow:
            uow.reminders.follow_zone(user.id, "America/New_York")
            uow.commit()
            assert uow.reminders.get(user.id, kept.id).due_at == datetime(
                2026, 11, 19, 14, tzinfo=UTC
            )

    def test_is_nobody_elses(self, world: World) -> None:
        user = begin(world, "Europe/Madrid", date(2026, 11, 18))
        remember(world, user, date(2026, 11, 19), time(9), Every.ONCE)
        other = world.user("bob@example.org")
        with world.database.reading() as uow:
            assert uow.reminders.of(other.id) == ()


@pytest.fixture(params=DATABASES)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from world_on(request, f"sqlite:///{tmp_path}/reminders.db")


@pytest.mark.slow
def test_several_workers_at_once_tell_a_reminder_once(either: World) -> None:
    user = begin(either, "Europe/Madrid", date(2026, 11, 18))
    kept = remember(either, user, date(2026, 11, 18), time(9), Every.DAY)
    either.clock.advance(kept.due_at - either.now)
    together = threading.Barrier(4)
    told: list[int] = []

    def work() -> None:
        together.wait()
        told.append(remind(either.context))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(told) == 1
    deliver_bulk(either.context)
    assert said(either) == ["Your reminder: lock up"]
