"""Once a day somebody's days ahead are looked at, and forecasts are kept and settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from core.alerts.alert import AlertKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.money import Money
from core.period import Grain, Period, month_number, period_of
from tests.fakes.world import World, open_world
from workers.insights import keep_insights, look_ahead

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


RENT, WAGES, FOOD = "RENT_AND_UTILITIES_RENT", "INCOME_WAGES", "FOOD_AND_DRINK_GROCERIES"


def book(world, user, account, rows):
    with world.database.work() as uow:
        for on, amount, payee, category in rows:
            money = Money.of(amount, "USD")
            flow = Flow.INCOME if money.minor > 0 else Flow.SPEND
            counted = money if flow is Flow.INCOME else -money
            uow.ledger.book(
                user.id,
                NewEntry(
                    account_id=account,
                    booked_date=on,
                    amount=money,
                    flow=flow,
                    allocations=(Allocation(category, counted),),
                    payee=payee,
                    merchant_key=payee.lower(),
                    source=Source.MANUAL,
                ),
                now=world.now,
            )
        uow.commit()


def half_a_year(today, wages="2000"):
    """Food every third day, rent on the 1st, wages on the 25th, up to ``today``."""
    rows = []
    for back in range(190, -1, -1):
        on = today - timedelta(days=back)
        if back % 3 == 0:
            rows.append((on, f"-{20 + back % 5}", "Market Hall", FOOD))
        if on.day == 1:
            rows.append((on, "-900", "Landlord", RENT))
        if on.day == 25:
            rows.append((on, wages, "Northwind", WAGES))
    return rows


class TestLookAhead:
    def test_warns_once_before_the_money_runs_out_and_names_the_cause(self, world):
        user = world.user(currency="USD", zone="UTC")
        world.chat(user.id)
        account = world.account(user)
        today = user.preferences.today(world.now)
        rows = half_a_year(today, wages="500")
        book(world, user, account, rows)
        with world.database.reading() as uow:
            balance = uow.accounts.balances(user.id)[0].posted
        # Brought to 100 today: with the wages of the 25th that is no rent on the 1st.
        spare = Money(10_000, "USD") - balance
        book(world, user, account, [(today, spare.plain, "Family", "INCOME_OTHER_INCOME")])
        look_ahead(world.context)
        with world.database.reading() as uow:
            low = [one for one in uow.alerts.of(user.id) if one.kind is AlertKind.LOW_BALANCE]
        told = {fact.name: fact.value for fact in low[0].facts}
        assert told["low"].minor < 0
        assert told["cause"] == "Landlord"
        world.clock.advance(timedelta(days=1))
        look_ahead(world.context)
        with world.database.reading() as uow:
            again = [one for one in uow.alerts.of(user.id) if one.kind is AlertKind.LOW_BALANCE]
        assert len(again) == 1

    def test_is_silent_about_somebody_whose_money_does(self, world):
        user = world.user(currency="USD", zone="UTC")
        world.chat(user.id)
        today = user.preferences.today(world.now)
        book(world, user, world.account(user), half_a_year(today, wages="4000"))
        assert look_ahead(world.context) == 0

    def test_tells_of_a_charge_made_twice(self, world):
        user = world.user(currency="USD", zone="UTC")
        world.chat(user.id)
        today = user.preferences.today(world.now)
        rows = half_a_year(today, wages="4000")
        twice = (today, "-45.10", "Shell", "TRANSPORTATION_GAS")
        book(world, user, world.account(user), [*rows, twice, twice])
        assert look_ahead(world.context) == 1
        with world.database.reading() as uow:
            (alert,) = uow.alerts.of(user.id)
        assert alert.kind is AlertKind.CHARGED_TWICE
        assert alert.facts[1].value == Money(4_510, "USD")


class TestKeepInsights:
    def test_keeps_the_first_forecast_of_a_month_and_what_came_of_it(self, world):
        user = world.user(currency="USD", zone="UTC")
        today = user.preferences.today(world.now)
        account = world.account(user)
        book(world, user, account, half_a_year(today))
        keep_insights(world.context, user.id)
        with world.database.reading() as uow:
            (first,) = uow.foretold.forecasts(user.id, "USD")
        assert first.month == month_number(today)
        assert first.cut_off == today
        assert first.actual is None
        book(world, user, account, [(today, "-70", "Market Hall", FOOD)])
        world.clock.advance(timedelta(days=14))
        keep_insights(world.context, user.id)
        with world.database.reading() as uow:
            settled, following = uow.foretold.forecasts(user.id, "USD")
            month = uow.movements.counted(user.id, _month(today))
        assert (settled.middle, settled.actual) == (first.middle, sum(one.minor for one in month))
        assert following.actual is None

    def test_keeps_nothing_with_too_little_history(self, world):
        user = world.user(currency="USD", zone="UTC")
        keep_insights(world.context, user.id)
        with world.database.reading() as uow:
            assert uow.foretold.forecasts(user.id, "USD") == ()


def _month(today: date) -> Period:
    return period_of(Grain.MONTH, today)
