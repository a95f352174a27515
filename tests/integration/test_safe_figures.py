"""What is there and what is held back for is one figure, in every answer about spending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.demo import DemoBooks
from core.clock import FixedClock
from core.ledger.entry import Flow
from core.ledger.pockets import LIVED_FROM, USE_DAYS
from core.money import Money
from tests.fakes.world import World, open_world
from tests.ledgers import book, entry
from tests.people import NOW, TODAY, Person, alice


def told(person: Person, tool: str, **arguments: str) -> dict[str, Any]:
    """Return the figures of an answer by name."""
    return {one.name: one.value for one in person.do(tool, **arguments).answer.facts}


@pytest.mark.slow
@pytest.mark.parametrize(("household", "price"), [("maya", "120"), ("arjun", "12000")])
def test_a_price_is_judged_by_what_is_safe_to_spend(household: str, price: str):
    world: World = open_world()
    user = DemoBooks(world.database, FixedClock(NOW), world.ids, 1).load(household)
    person = Person(world.database, user, {})
    safe = told(person, "safe_to_spend")
    judged = told(person, "check_affordability", amount=price)
    ahead = told(person, "forecast_balance")
    assert safe["held"] > Money.zero(user.preferences.currency)
    assert (judged["cash"], judged["bills"]) == (safe["cash"], safe["held"])
    assert (judged["until"], judged["payday"]) == (safe["until"], safe["payday"])
    assert judged["after"] == safe["cash"] - safe["held"] - judged["amount"]
    assert ahead["cash"] == safe["cash"]


class TestTheAccountsToLiveFrom:
    """Savings count only where life is paid from them; on both databases."""

    def told(self, person: Person) -> set[str]:
        with person.database.reading() as uow:
            found = uow.safe.reckon(
                person.id, today=TODAY, until=None, currency="USD", is_bank_day=lambda _: True
            )
            cash = uow.insights.cash(person.id, currency="USD", today=TODAY)
        assert cash.balances == found.safe.balances
        return {one.account.name for one in cash.balances}

    def test_leave_savings_out_until_enough_is_bought_from_them(self, database):
        person = alice(database)
        dollar = Money(-100, "USD")
        savings = person.accounts["Savings"]
        early = entry(savings, dollar, day=TODAY - timedelta(days=USE_DAYS + 1))
        moved = entry(savings, dollar, flow=Flow.MOVE)
        book(person, early, moved, *[entry(savings, dollar)] * (LIVED_FROM - 1))
        assert self.told(person) == {"Checking"}
        book(person, entry(savings, dollar))
        assert self.told(person) == {"Checking", "Savings"}

    def test_take_savings_in_that_pay_comes_to_but_not_for_interest(self, database):
        person = alice(database)
        savings, pay = person.accounts["Savings"], Money(90_000, "USD")
        interest = entry(savings, pay, flow=Flow.INCOME, parts=[("INCOME_INTEREST_EARNED", pay)])
        book(person, interest)
        assert self.told(person) == {"Checking"}
        book(person, entry(savings, pay, flow=Flow.INCOME, parts=[("INCOME_WAGES", pay)]))
        assert self.told(person) == {"Checking", "Savings"}
