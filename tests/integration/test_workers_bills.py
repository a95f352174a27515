"""Bills through the jobs: found in the books, reminded of once, and told when they are late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.bills.bill import Bill, BillKind, BillSource, BillState
from core.money import Money
from core.subscriptions.cadence import Cadence
from tests.fakes.world import World, open_world
from workers.alerts import raise_for
from workers.deliver import deliver_bulk
from workers.subscriptions import refresh_subscriptions
from workers.summaries import fire_due, make_summaries

pytestmark = pytest.mark.slow

RENT, WAGES = "RENT_AND_UTILITIES_RENT", "INCOME_WAGES"


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


class Bench:
    """One user in New York; the clock stands on 18 November 2026, ten in the morning there."""

    def __init__(self, world: World, **wishes: object) -> None:
        self.world = world
        self.user = world.user(
            "alice@example.org", zone="America/New_York", summary_hour=9, **wishes
        )
        self.chat = world.chat(self.user.id)
        self.account = world.account(self.user)
        self.channel = world.channel()
        with world.database.work() as uow:
            uow.schedules.arrange(self.user.id, self.user.preferences, now=world.now)
            uow.commit()

    @property
    def today(self) -> date:
        return self.user.preferences.today(self.world.now)

    def rent(self, due: date, cadence: Cadence = Cadence.MONTHLY) -> Bill:
        bill = Bill(
            id=0,
            user_id=self.user.id,
            kind=BillKind.BILL,
            source=BillSource.TYPED,
            name="Rent",
            amount=Money(90_000, "USD"),
            cadence=cadence,
            anchor=due,
            first_date=self.today,
            day=due.day,
            category=RENT,
        )
        with self.world.database.work() as uow:
            stored = uow.bills.add(bill, now=self.world.now)
            uow.commit()
        return stored

    def days(self, number: int) -> list[str]:
        """Let days pass with the jobs running; return what was told about bills."""
        before = len(self.channel.texts())
        for _ in range(number):
            self.world.clock.advance(timedelta(days=1))
            fire_due(self.world.context)
            make_summaries(self.world.context)
            raise_for(self.world.context, self.user.id)  # a second look tells nothing twice
            deliver_bulk(self.world.context)
        told = self.channel.texts()[before:]
        return [text for text in told if ("Rent" in text and "is due" in text) or "seen it" in text]


class TestReminders:
    def test_come_seven_three_and_one_day_before_and_never_twice(self, world: World) -> None:
        bench = Bench(world)
        bench.rent(bench.today + timedelta(days=10))
        told = bench.days(11)
        assert len(told) == 3
        assert ["7 days" in told[0], "3 days" in told[1], "tomorrow" in told[2]] == [True] * 3

    def test_come_by_the_users_own_lead_times(self, world: World) -> None:
        bench = Bench(world, bill_lead_days=(2,))
        bench.rent(bench.today + timedelta(days=10))
        assert len(bench.days(11)) == 1
        silent = Bench(open_world(), bill_lead_days=())
        silent.rent(silent.today + timedelta(days=10))
        assert silent.days(11) == []

    def test_stop_when_it_is_paid(self, world: World) -> None:
        bench = Bench(world)
        bench.rent(bench.today + timedelta(days=10))
        assert len(bench.days(5)) == 1
        world.book(bench.user, bench.account, "900", bench.today, RENT)
        assert bench.days(6) == []

    def test_of_what_is_not_seen_paid_come_once(self, world: World) -> None:
        bench = Bench(world, bill_lead_days=())
        bench.rent(bench.today + timedelta(days=1))
        told = []
        for _ in range(12):
            told += bench.days(1)
            world.book(bench.user, bench.account, "3", bench.today, "FOOD_AND_DRINK_COFFEE")
        assert len(told) == 1
        assert "haven't seen it paid" in told[0]


class TestLeadTimesOfOne:
    def remind(self, bench: Bench, bill: Bill, days: tuple[int, ...] | None) -> None:
        with bench.world.database.work() as uow:
            uow.bills.save(replace(bill, lead_days=days), now=bench.world.now)
            uow.commit()

    def test_go_before_those_of_all(self, world: World) -> None:
        bench = Bench(world)
        self.remind(bench, bench.rent(bench.today + timedelta(days=10)), (5, 0))
        told = bench.days(11)
        assert ["5 days" in told[0], "today" in told[1]] == [True, True]
        assert len(told) == 2

    def test_of_none_silence_one_bill_alone(self, world: World) -> None:
        bench = Bench(world)
        rent = bench.rent(bench.today + timedelta(days=10))
        self.remind(bench, rent, ())
        assert bench.days(9) == []
        self.remind(bench, rent, None)
        assert len(bench.days(1)) == 1

    def test_last_through_another_look_at_the_books(self, world: World) -> None:
        bench = Bench(world)
        self.remind(bench, bench.rent(bench.today + timedelta(days=10)), (2,))
        refresh_subscriptions(world.context)
        with world.database.reading() as uow:
            assert [one.lead_days for one in uow.bills.of(bench.user.id)] == [(2,)]


class TestFinding:
    def test_bills_and_pay_come_out_of_the_books_and_lead_to_each_other(self, world: World) -> None:
        bench = Bench(world)
        for month in range(1, 11):
            first = date(2026, month, 1)
            world.book(bench.user, bench.account, "900", first, RENT)
        refresh_subscriptions(world.context)
        with world.database.reading() as uow:
            (bill,) = uow.bills.of(bench.user.id)
        assert (bill.source, bill.cadence, bill.day) == (BillSource.FOUND, Cadence.MONTHLY, 1)
        assert bill.amount == Money(90_000, "USD")

    def test_a_deleted_one_is_not_found_again(self, world: World) -> None:
        bench = Bench(world)
        for month in range(1, 11):
            world.book(bench.user, bench.account, "900", date(2026, month, 1), RENT)
        refresh_subscriptions(world.context)
        with world.database.work() as uow:
            (bill,) = uow.bills.of(bench.user.id)
            uow.bills.set_state(bench.user.id, bill.id, BillState.DELETED, now=world.now)
            uow.commit()
        world.book(bench.user, bench.account, "900", date(2026, 11, 1), RENT)
        refresh_subscriptions(world.context)
        with world.database.reading() as uow:
            assert uow.bills.of(bench.user.id) == ()
