"""The week told on its day, empty summaries left out, and rules that look beyond new entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from core.alerts.alert import AlertState
from core.alerts.attention import EVERYTHING, Look, Way, Wish, topic_scope
from core.alerts.topics import Topic
from core.ids import AccountId
from core.investments.snapshot import Snapshot
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.address import ChannelName
from core.money import Money
from core.schedules.due import ScheduleKind
from core.schedules.reminder import at_clock
from core.users.due_times import next_due
from core.users.user import User
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, open_world
from workers.alerts import raise_alerts, raise_for
from workers.deliver import deliver_bulk
from workers.prices import tell_change
from workers.security import watch_security
from workers.summaries import fire_due, make_summaries

MONDAY = date(2026, 11, 23)
WEEKLY, DAILY = ScheduleKind.WEEKLY_RECAP, ScheduleKind.DAILY_SUMMARY


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


def member(world: World, **wishes: Any) -> User:
    user = world.user(**wishes)
    world.chat(user.id)
    world.channel()
    return user


def said(world: World) -> list[str]:
    web = world.channels[ChannelName.WEB]
    assert isinstance(web, RecordingChannel)
    return web.texts()


def plan(world: World, user: User, kind: ScheduleKind) -> datetime:
    due = next_due(kind, user.preferences, after=world.now)
    assert due is not None
    with world.database.work() as uow:
        uow.schedules.plan(user.id, kind, due)
        uow.commit()
    return due


def go_to(world: World, moment: datetime, beats: int = 3) -> None:
    world.clock.advance(moment - world.now)
    for _ in range(beats):
        fire_due(world.context)
    make_summaries(world.context)
    deliver_bulk(world.context)


class TestTheWeek:
    def test_is_told_on_its_day_at_the_users_hour_once(self, world: World) -> None:
        user = member(world, zone="America/New_York", summary_hour=7)
        account = world.account(user)
        world.book(user, account, "45", date(2026, 11, 11))
        world.book(user, account, "38", date(2026, 11, 18))
        world.book(user, account, "2", date(2026, 11, 19), "FOOD_AND_DRINK_COFFEE")
        due = plan(world, user, WEEKLY)
        assert due == at_clock(MONDAY, time(7), "America/New_York")
        go_to(world, due - timedelta(seconds=1))
        assert said(world) == []
        go_to(world, due)
        (text,) = said(world)
        assert text.startswith("16-22 Nov: $40.00 spent (2 entries), $5.00 less")
        assert "Groceries: $38.00" in text
        go_to(world, due + timedelta(hours=1))
        assert len(said(world)) == 1

    def test_accounts_for_what_was_held_back_and_tells_what_waited_for_it(
        self, world: World
    ) -> None:
        user = member(world)
        account = world.account(user)
        world.budget(user, "100")
        with world.database.work() as uow:
            wish = Wish(topic_scope(Topic.BUDGETS), Way.WEEKLY)
            uow.alerts.wishes.put(user.id, wish, now=world.now)
            uow.commit()
        due = plan(world, user, WEEKLY)
        world.book(user, account, "90", date(2026, 11, 18))
        assert raise_alerts(world.context) == 0
        assert raise_for(world.context, user.id, look=Look.MORNING) == 0
        go_to(world, due)
        (text,) = said(world)
        assert "of your Food budget is used" in text
        assert "I held back 1 alert: told later 1." in text
        with world.database.reading() as uow:
            (alert,) = uow.alerts.of(user.id)
        assert alert.state is AlertState.RAISED

    def test_is_off_for_who_does_not_want_it(self, world: World) -> None:
        user = world.user(recap_day=None)
        assert next_due(WEEKLY, user.preferences, after=world.now) is None

    def test_without_anything_in_it_is_sent_unless_only_news_are_wanted(self, world: World) -> None:
        user = member(world)
        go_to(world, plan(world, user, WEEKLY))
        assert said(world) == ["16-22 Nov: nothing spent."]

    @pytest.mark.parametrize("kind", [WEEKLY, DAILY])
    def test_or_a_day_is_left_out_where_only_news_are_wanted(
        self, world: World, kind: ScheduleKind
    ) -> None:
        user = member(world, only_news=True)
        go_to(world, plan(world, user, kind))
        assert said(world) == []
        world.book(user, world.account(user), "9", world.now.date())
        go_to(world, plan(world, user, kind))
        assert len(said(world)) == 1

    def test_begins_at_the_users_own_hour_where_it_was_planned_long_ago(self, world: World) -> None:
        user = member(world)
        with world.database.work() as uow:
            uow.schedules.plan(user.id, WEEKLY, datetime(2026, 1, 5, 8, tzinfo=UTC))
            uow.commit()
        go_to(world, world.now)  # a Wednesday: Monday's is over
        assert said(world) == []
        with world.database.reading() as uow:
            assert uow.schedules.next_due(user.id, WEEKLY) == at_clock(MONDAY, time(8), "UTC")

    def test_comes_too_late_to_be_useful(self, world: World) -> None:
        user = member(world)
        due = plan(world, user, WEEKLY)
        go_to(world, due + timedelta(days=2, minutes=1))
        assert said(world) == []


class TestSecurity:
    def append(self, world: World, user: User, action: str) -> None:
        with world.database.work() as uow:
            uow.audit.append(user.id, actor="admin:1", action=action, subject="sms", now=world.now)
            uow.commit()

    def test_is_told_at_once_whatever_is_muted_and_in_quiet_hours(self, world: World) -> None:
        user = member(world, quiet_from=time(0), quiet_until=time(23, 59), alerts_a_day=1)
        with world.database.work() as uow:
            uow.alerts.wishes.put(user.id, Wish(EVERYTHING, Way.OFF), now=world.now)
            uow.commit()
        watch_security(world.context)  # notes where the trail ends
        self.append(world, user, "pin.set")
        self.append(world, user, "chat.unlinked")
        self.append(world, user, "tool.add_entry")
        assert [watch_security(world.context) for _ in range(4)] == [2, 0, 0, 0]
        deliver_bulk(world.context)
        first, second = said(world)
        assert first.startswith("A PIN was set for your account at")
        assert second.startswith("Your SMS chat was unlinked at")

    def test_of_before_the_first_look_is_no_news(self, world: World) -> None:
        user = member(world)
        self.append(world, user, "pin.set")
        assert [watch_security(world.context) for _ in range(3)] == [0, 0, 0]

    def test_of_somebody_unknown_is_left_alone(self, world: World) -> None:
        watch_security(world.context)
        with world.database.work() as uow:
            uow.audit.append("usr_none", actor="x", action="pin.set", subject="s", now=world.now)
            uow.commit()
        assert watch_security(world.context) == 0


class TestAPortfolio:
    def test_that_fell_is_told_once(self, world: World) -> None:
        user = member(world)
        eve = Snapshot(date(2026, 11, 16), Money(100_000, "USD"), Money(90_000, "USD"), 0)
        day = Snapshot(date(2026, 11, 17), Money(93_000, "USD"), Money(90_000, "USD"), 0)
        with world.database.work() as uow:
            uow.portfolios.keep_snapshot(user.id, eve, now=world.now)
            uow.commit()
        told = []
        for _ in range(2):
            with world.database.work() as uow:
                told.append(tell_change(world.context, uow, user, day))
                uow.commit()
        assert told == [1, 0]
        deliver_bulk(world.context)
        (text,) = said(world)
        assert "fell by 7% in a day: $70.00 less, $930.00" in text


def bank_row(world: World, user: User, account: AccountId, minor: int, payee: str) -> None:
    """Book what a bank told: money out is positive."""
    entry = NewEntry(
        account_id=account,
        booked_date=world.now.date(),
        amount=Money(-minor, "USD"),
        flow=Flow.SPEND,
        allocations=(Allocation("GENERAL_MERCHANDISE", Money(minor, "USD"), "guess"),),
        payee=payee,
        merchant_key=payee.lower(),
        source=Source.BANK,
    )
    with world.database.work() as uow:
        uow.ledger.book(user.id, entry, now=world.now)
        uow.commit()


class TestWhatABankTells:
    def test_brings_a_word_on_refunds_and_on_charges_from_the_users_mark_on(
        self, world: World
    ) -> None:
        user = member(world, large_charge=20_000)
        account = world.account(user)
        bank_row(world, user, account, 25_000, "Ikea")
        bank_row(world, user, account, 5_000, "Lidl")
        bank_row(world, user, account, -8_000, "Zara")
        assert raise_alerts(world.context) == 2
        assert raise_alerts(world.context) == 0
        deliver_bulk(world.context)
        (text,) = said(world)
        assert "Over your mark of $200.00: Ikea, $250.00" in text
        assert "Zara paid you back $80.00" in text

    def test_is_no_news_where_the_user_typed_it(self, world: World) -> None:
        user = member(world, large_charge=5_000)
        world.book(user, world.account(user), "-80", world.now.date(), payee="Zara")
        world.book(user, world.account(user), "80", world.now.date(), payee="Ikea")
        assert raise_alerts(world.context) == 0
