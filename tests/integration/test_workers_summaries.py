"""The daily line and the monthly report: at the user's hour, once, however many beats there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.facts import Answer
from core.schedules.due import ScheduleKind
from core.users.due_times import next_due
from core.users.user import User
from tests.fakes.world import World, open_world
from tools.alerting import ExplainAlert, NoAlertYet, explain_alert
from tools.context import ToolWork
from workers.deliver import deliver_bulk, deliver_urgent
from workers.inline import run_until_quiet
from workers.summaries import fire_due, make_summaries

pytestmark = pytest.mark.slow

DAILY, MONTHLY = ScheduleKind.DAILY_SUMMARY, ScheduleKind.MONTHLY_REPORT


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


def plan(world: World, user: User, kind: ScheduleKind = DAILY) -> datetime:
    due = next_due(kind, user.preferences, after=world.now)
    assert due is not None
    with world.database.work() as uow:
        uow.schedules.plan(user.id, kind, due)
        uow.commit()
    return due


def go_to(world: World, moment: datetime) -> None:
    world.clock.advance(moment - world.now)


def beat(world: World) -> int:
    fired = fire_due(world.context)
    make_summaries(world.context)
    deliver_bulk(world.context)
    return fired


def occurrences(world: World) -> list[str]:
    with world.database.reading() as uow:
        rows = uow.connection.exec_driver_sql("SELECT state FROM occurrences ORDER BY due_at")
        return [row[0] for row in rows]


class TestDailySummary:
    def test_comes_at_the_users_hour_and_tells_about_yesterday(self, world: World) -> None:
        user = world.user(zone="America/New_York", summary_hour=8)
        world.chat(user.id)
        channel = world.channel()
        world.book(user, world.account(user), "38", date(2026, 11, 18))
        due = plan(world, user)
        assert due == datetime(2026, 11, 19, 13, tzinfo=UTC)
        go_to(world, due - timedelta(seconds=1))
        assert beat(world) == 0
        go_to(world, due)
        assert beat(world) == 1
        (text,) = channel.texts()
        assert "$38.00 spent" in text
        assert occurrences(world) == ["done"]

    def test_speaks_the_users_language_with_the_figures_of_the_locale(self, world: World) -> None:
        user = world.user(zone="Europe/Madrid", currency="EUR", locale="es_ES", language="es")
        world.chat(user.id)
        channel = world.channel()
        world.book(user, world.account(user), "38.5", date(2026, 11, 18))
        go_to(world, plan(world, user))
        beat(world)
        (text,) = channel.texts()
        assert "ayer (mié 18 nov): 38,50 € gastados" in text
        assert "spent" not in text

    def test_comes_once_whether_nobody_or_everybody_beats(self, world: World) -> None:
        user = world.user()
        world.chat(user.id)
        channel = world.channel()
        due = plan(world, user)
        go_to(world, due)
        for _ in range(5):
            beat(world)
        assert len(channel.sent) == 1
        go_to(world, due + timedelta(hours=25))
        for _ in range(5):
            beat(world)
        assert len(channel.sent) == 2

    @pytest.mark.parametrize(("hours_late", "outcome"), [(1, "done"), (7, "skipped")])
    def test_is_made_up_for_once_after_days_without_a_beat(
        self, world: World, hours_late: int, outcome: str
    ) -> None:
        user = world.user()
        world.chat(user.id)
        channel = world.channel()
        due = plan(world, user)
        go_to(world, due + timedelta(days=3, hours=hours_late))
        for _ in range(3):
            beat(world)
        assert occurrences(world) == [outcome]
        assert len(channel.sent) == (1 if outcome == "done" else 0)
        with world.database.reading() as uow:
            following = uow.schedules.next_due(user.id, DAILY)
        assert following == due + timedelta(days=4)

    def test_still_comes_when_it_is_a_little_late(self, world: World) -> None:
        user = world.user()
        world.chat(user.id)
        channel = world.channel()
        go_to(world, plan(world, user) + timedelta(hours=5))
        beat(world)
        assert len(channel.sent) == 1

    @pytest.mark.parametrize(
        ("start", "days"),
        [(datetime(2026, 3, 6, 12, tzinfo=UTC), 4), (datetime(2026, 10, 30, 12, tzinfo=UTC), 4)],
    )
    def test_comes_once_a_day_when_the_clocks_change(
        self, world: World, start: datetime, days: int
    ) -> None:
        go_to(world, start)
        user = world.user(zone="America/New_York", summary_hour=2)
        world.chat(user.id)
        channel = world.channel()
        plan(world, user)
        for _ in range(days * 24 * 2):
            world.clock.advance(timedelta(minutes=30))
            beat(world)
        assert len(channel.sent) == days

    def test_is_switched_off_by_a_user_who_wants_none(self, world: World) -> None:
        user = world.user()
        due = plan(world, user)
        with world.database.work() as uow:
            wishes = replace(user.preferences, summary_hour=None)
            uow.users.set_preferences(user.id, wishes)
            uow.commit()
        go_to(world, due)
        assert beat(world) == 0
        with world.database.reading() as uow:
            assert uow.schedules.next_due(user.id, DAILY) is None

    def test_is_skipped_for_somebody_without_a_chat(self, world: World) -> None:
        user = world.user()
        go_to(world, plan(world, user))
        beat(world)
        assert occurrences(world) == ["skipped"]


class TestManyBeats:
    def test_fire_each_schedule_once_at_the_same_moment(self, tmp_path: Path) -> None:
        world = open_world(f"sqlite:///{tmp_path}/beats.db")
        users = [world.user(f"user{number}@example.org") for number in range(10)]
        for user in users:
            world.chat(user.id, f"web:{user.id}")
            due = plan(world, user)
        channel = world.channel()
        go_to(world, due)
        fired: list[int] = []
        threads = [
            threading.Thread(target=lambda: fired.append(fire_due(world.context))) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(fired) == len(users)
        run_until_quiet(world.context)
        assert len(channel.sent) == len(users)
        world.database.close()


class TestAMorning:
    def test_comes_round_for_everybody_in_one_beat(self, world: World) -> None:
        users = [world.user(f"user{number}@example.org") for number in range(450)]
        for user in users:
            due = plan(world, user)
        go_to(world, due)
        assert fire_due(world.context) == 450
        assert fire_due(world.context) == 0
        assert occurrences(world) == ["due"] * 450

    def test_of_one_that_breaks_holds_up_no_other(self, world: World) -> None:
        users = [world.user(f"user{number}@example.org") for number in range(5)]
        for user in users:
            due = plan(world, user)
        with world.database.work() as uow:
            broken = f"UPDATE users SET preferences='{{' WHERE id='{users[2].id}'"
            uow.connection.exec_driver_sql(broken)
            uow.commit()
        go_to(world, due)
        assert fire_due(world.context) == 4
        assert fire_due(world.context) == 0


class TestBrokenOccurrence:
    def test_is_tried_again_and_then_given_up(self, world: World) -> None:
        user = world.user()
        world.chat(user.id)
        channel = world.channel()
        go_to(world, plan(world, user))

        def broken(_lang: str) -> object:
            raise ValueError("a phrase is broken")

        context = replace(world.context, words=broken)  # type: ignore[arg-type]  # broken on purpose
        fire_due(context)
        for _ in range(5):
            make_summaries(context)
            world.clock.advance(timedelta(minutes=5))
        assert occurrences(world) == ["failed"]
        assert channel.sent == []


class TestMonthlyReport:
    @pytest.fixture
    def user(self, world: World) -> User:
        user = world.user()
        account = world.account(user)
        world.book(user, account, "-4200", date(2026, 11, 1), "INCOME_WAGES", "Acme")
        world.book(user, account, "1500", date(2026, 11, 2), "RENT_AND_UTILITIES_RENT", "Flat")
        world.book(user, account, "82.50", date(2026, 11, 20))
        world.book(user, account, "-10", date(2026, 11, 21))
        world.budget(user, "60")
        return user

    def test_arrives_once_as_a_pdf_with_the_months_total(self, world: World, user: User) -> None:
        world.chat(user.id)
        channel = world.channel()
        due = plan(world, user, MONTHLY)
        assert due == datetime(2026, 12, 1, 8, tzinfo=UTC)
        go_to(world, due)
        for _ in range(3):
            beat(world)
        (sent,) = channel.sent
        assert "$1,572.50 spent" in sent.message.text
        (attachment,) = sent.message.attachments
        assert attachment.name == "spending-2026-11.pdf"
        assert world.objects.get(attachment.object_key).startswith(b"%PDF")
        with world.database.reading() as uow:
            (file,) = uow.files.of(user.id)
        assert (file.key, file.media_type) == (attachment.object_key, "application/pdf")

    def test_is_not_made_of_an_empty_month(self, world: World) -> None:
        user = world.user()
        world.chat(user.id)
        channel = world.channel()
        go_to(world, plan(world, user, MONTHLY))
        beat(world)
        assert channel.sent == []
        assert occurrences(world) == ["skipped"]


def explained(world: World, user: User) -> str:
    """Return the phrase in which the user is told why the last message came."""
    with world.database.reading() as uow:
        work = ToolWork(uow, user, world.now, user.preferences.today(world.now), world.ids)
        told = explain_alert.function(ExplainAlert(), work)
        assert isinstance(told, Answer)
        return told.shape


class TestWhyASummaryCame:
    def test_is_told_while_it_is_the_last_that_came_by_itself(self, world: World) -> None:
        user = world.user(zone="America/New_York", summary_hour=8)
        chat = world.chat(user.id)
        world.channel()
        world.book(user, world.account(user), "38", date(2026, 11, 18))
        with pytest.raises(NoAlertYet):
            explained(world, user)
        go_to(world, plan(world, user))
        assert beat(world) == 1
        with world.database.reading() as uow:
            since = world.now - timedelta(days=1)
            assert uow.sent.was_unasked(chat.id, since=since)
        assert explained(world, user) == "explain_alert.daily_summary"

    def test_is_no_matter_any_more_after_an_answer_or_days_later(self, world: World) -> None:
        user = world.user(zone="America/New_York", summary_hour=8)
        chat = world.chat(user.id)
        world.channel()
        go_to(world, plan(world, user))
        beat(world)
        world.clock.advance(timedelta(minutes=1))
        world.queue(chat, "You spent $38.00.")
        deliver_urgent(world.context)
        with world.database.reading() as uow:
            assert not uow.sent.was_unasked(chat.id, since=world.now - timedelta(days=1))
        world.clock.advance(timedelta(days=3))
        with pytest.raises(NoAlertYet):
            explained(world, user)
