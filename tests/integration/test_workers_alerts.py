"""Alerts: looked for where the books have changed, said once, with the night left in peace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from core.ids import AccountId
from core.messaging.outbox import Lane, OutboxItem
from core.users.user import User
from tests.fakes.world import World, open_world
from workers.alerts import raise_alerts
from workers.deliver import deliver_bulk
from workers.subscriptions import refresh_subscriptions

TODAY = date(2026, 11, 18)


class Bench:
    def __init__(self, world: World, **wishes: object) -> None:
        self.world = world
        self.user: User = world.user(**wishes)  # type: ignore[arg-type]  # preferences by name
        self.chat = world.chat(self.user.id)
        self.account: AccountId = world.account(self.user)
        self.channel = world.channel()

    def spend(self, amount: str, category: str = "FOOD_AND_DRINK_GROCERIES") -> None:
        self.world.book(self.user, self.account, amount, TODAY, category)

    def look(self) -> int:
        raised = raise_alerts(self.world.context)
        deliver_bulk(self.world.context)
        return raised


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world)


class TestRaiseAlerts:
    def test_warns_at_eighty_per_cent_and_again_when_all_is_spent(self, bench: Bench) -> None:
        bench.world.budget(bench.user, "400")
        bench.spend("300")
        assert bench.look() == 0
        bench.spend("22")
        assert bench.look() == 1
        bench.spend("100")
        assert bench.look() == 1
        warning, spent = bench.channel.texts()
        assert "80.5%" in warning
        assert "$78.00 left of $400.00" in warning
        assert "$22.00 over" in spent

    def test_says_it_once_however_often_it_looks(self, bench: Bench) -> None:
        bench.world.budget(bench.user, "400")
        bench.spend("350")
        assert [bench.look() for _ in range(5)] == [1, 0, 0, 0, 0]
        bench.spend("1")
        assert bench.look() == 0
        assert len(bench.channel.sent) == 1

    def test_says_only_the_higher_of_two_marks_passed_at_once(self, bench: Bench) -> None:
        bench.world.budget(bench.user, "400")
        bench.spend("500")
        assert bench.look() == 1
        assert "used up" in bench.channel.texts()[0]
        assert bench.look() == 0

    def test_bundles_what_it_finds_into_one_message(self, bench: Bench) -> None:
        bench.world.budget(bench.user, "400")
        bench.world.budget(bench.user, "100", "GENERAL_MERCHANDISE")
        bench.spend("350")
        bench.spend("90", "GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE")
        assert bench.look() == 2
        (text,) = bench.channel.texts()
        assert text.startswith("2 things to know")

    def test_looks_only_at_users_whose_books_have_changed(self, bench: Bench) -> None:
        bench.world.budget(bench.user, "400")
        bench.spend("350")
        bench.look()
        bench.look()
        with bench.world.database.reading() as uow:
            mark = int((uow.schedules.mark("alerts.seen") or "0 0").split()[0])
            assert uow.alerts.users_since(mark)[0] == ()

    def test_keeps_alert_and_message_together(self, bench: Bench) -> None:
        bench.world.budget(bench.user, "400")
        bench.spend("350")
        with bench.world.database.reading() as uow:
            alerts_before = uow.alerts.of(bench.user.id)
        raise_alerts(bench.world.context)
        with bench.world.database.reading() as uow:
            (alert,) = uow.alerts.of(bench.user.id)
            (message,) = uow.outbox.tracking.of_conversation(bench.chat.id)
        assert alerts_before == ()
        assert alert.subject.startswith("budget:")
        assert message.message_class.value == "alert"

    def test_raises_it_even_for_somebody_without_a_chat(self, world: World) -> None:
        user = world.user()
        account = world.account(user)
        world.budget(user, "400")
        world.book(user, account, "350", TODAY)
        assert raise_alerts(world.context) == 1


class TestRefreshSubscriptions:
    def test_finds_a_price_that_rose_and_says_so_once(self, bench: Bench) -> None:
        prices = ("15.99",) * 5 + ("17.99",)
        for months_ago, price in enumerate(reversed(prices)):
            day = date(2026, 11 - months_ago, 5)
            kind = "ENTERTAINMENT_TV_AND_MOVIES"
            bench.world.book(bench.user, bench.account, price, day, kind, "Netflix")
        assert refresh_subscriptions(bench.world.context) == 1
        deliver_bulk(bench.world.context)
        (text,) = bench.channel.texts()
        assert "Netflix" in text
        assert "$17.99" in text
        assert "$15.99" in text
        assert refresh_subscriptions(bench.world.context) == 0
        assert bench.look() == 0

    def test_looks_everywhere_once_a_day(self, bench: Bench) -> None:
        assert refresh_subscriptions(bench.world.context) == 0
        with bench.world.database.work() as uow:
            day = timedelta(days=1)
            now = bench.world.now
            assert not uow.schedules.take_turn("refresh_subscriptions", day, now=now)


class TestQuietHours:
    def test_hold_an_alert_until_the_morning(self, world: World) -> None:
        bench = Bench(world, zone="Asia/Kolkata", quiet_from=time(20), quiet_until=time(7))
        world.budget(bench.user, "400")
        bench.spend("350")
        assert bench.look() == 1  # 20:30 in Kolkata
        assert bench.channel.sent == []
        assert self.waiting_until(world) == "07:00"
        world.clock.advance(timedelta(hours=10, minutes=30))
        deliver_bulk(world.context)
        assert len(bench.channel.sent) == 1

    def waiting_until(self, world: World) -> str:
        def due(item: OutboxItem) -> datetime:
            return item.delivery.due_at

        with world.database.work() as uow:
            later = world.now + timedelta(days=1)
            items = uow.outbox.claim_due(Lane.BULK, now=later, limit=1, lease=timedelta(0))
        return (due(items[0]) + timedelta(hours=5, minutes=30)).strftime("%H:%M")
