"""A figure is the same wherever it is told, and each counts what it says that it counts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.money import Money
from tests.fakes.world import open_world
from tests.people import Person, alice, bob
from tools.names import account_options
from tools.outcome import Done, NeedsInput

CSV = b"Date,Description,Amount\n2026-11-02,BAKERY,-4.00\n2026-11-03,CINEMA,-12.00\n"


@pytest.fixture
def owner() -> Person:
    return alice(open_world().database)


def spend(person: Person, amount: str, on: str, payee: str = "Shop", **more: Any) -> None:
    person.do("add_entry", amount=amount, payee=payee, booked_date=on, **more)


def figure(done: Done, name: str) -> Any:
    (value,) = [fact.value for fact in done.answer.facts if fact.name == name]
    return value


class TestAccounts:
    def test_hold_the_same_in_the_status_and_in_the_list(self):
        person = bob(open_world().database)
        person.do("set_rate", base="GBP", quote="EUR", rate="1.2")
        spend(person, "10", "2026-11-17", account="Monzo", currency="GBP")
        spend(person, "20", "2026-11-17", account="BBVA")
        status, listed = person.do("show_status"), person.do("show_balances")
        assert figure(status, "total") == figure(listed, "total") == Money.of("-32", "EUR")


class TestAFileWithoutANumber:
    def test_asks_for_an_account_by_name_and_offers_a_new_one(self, owner: Person):
        asked = owner.run("import_statement", file=owner.send_file("boi_ireland.csv", CSV))
        assert isinstance(asked, NeedsInput)
        *own, new = asked.options
        assert {option.text for option in own} >= {"Checking", "Savings"}
        assert (new.phrase, new.value) == ("choice.open_account", "Boi ireland")
        booked = owner.do(
            "import_statement",
            file=owner.send_file("boi_ireland.csv", CSV),
            account=str(new.value),
        )
        assert figure(booked, "account") == "Boi ireland"

    def test_tried_out_says_what_would_be_opened(self, owner: Person):
        file = owner.send_file("boi_ireland.csv", CSV)
        tried = owner.do("import_statement", file=file, account="Irish bank", preview=True)
        assert tried.answer.options[0] == "import_statement.would_open"


class TestAverages:
    def test_count_days_on_which_nothing_was_spent(self, owner: Person):
        spend(owner, "5", "2026-10-30")
        spend(owner, "30", "2026-11-01")
        spend(owner, "60", "2026-11-02")
        told = owner.do("show_spending", period="2026-11-01..2026-11-30#month", group_by="day")
        assert figure(told, "average") == Money.of("5", "USD")  # 18 days of November so far

    def test_begin_with_the_books(self, owner: Person):
        spend(owner, "30", "2026-10-20")
        spend(owner, "60", "2026-11-02")
        told = owner.do("show_spending", period="2026-01-01..2026-12-31#year", group_by="month")
        assert figure(told, "average") == Money.of("45", "USD")


class TestShares:
    def test_are_not_told_where_refunds_leave_less_than_the_part(self, owner: Person):
        spend(owner, "20", "2026-11-02", category="FOOD_AND_DRINK_RESTAURANT")
        back = {"payee": "Amazon", "category": "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES"}
        owner.do("add_entry", amount="12", booked_date="2026-11-03", direction="in", **back)
        told = owner.do("show_spending", group_by="category")
        shares = [
            fact.value for line in told.answer.lines for fact in line.facts if fact.name == "share"
        ]
        assert all(isinstance(one, Decimal) and one <= 100 for one in shares)


class TestBudgetsWithinBudgets:
    def test_are_added_up_once(self, owner: Person):
        owner.do("set_budget", category="FOOD_AND_DRINK", amount="300")
        owner.do("set_budget", category="FOOD_AND_DRINK_COFFEE", amount="250")
        owner.do("set_budget", category="TRAVEL", amount="100")
        told = owner.do("show_budgets")
        assert figure(told, "limit") == figure(told, "left") == Money.of("400", "USD")
        assert len(told.answer.lines) == 3


class TestTheLabelOfAnAccount:
    @pytest.mark.parametrize(("last4", "label"), [("4021", "Card 4021"), ("87~7", "Card")])
    def test_has_the_last_digits_where_they_are_digits(self, owner: Person, last4: str, label: str):
        with owner.database.reading() as uow:
            (card,) = [one for one in uow.accounts.of(owner.id) if one.name == "Card"]
        (option,) = account_options([replace(card, last4=last4)])
        assert option.text == label
