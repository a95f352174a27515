"""What a guessed request takes from its words: names, figures and days that no sentence holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from intents import vocabulary as vocabularies
from intents.evaluate import SENTENCES
from intents.held_out import Household
from intents.reading import read_message
from intents.request import ToolShape, build
from intents.sorting import numbered_filings
from tools.catalog import TOOLS

VOCABULARY = vocabularies.load("en")
HOUSEHOLD = Household(SENTENCES / "household.toml")
SHAPES = {spec.name: ToolShape.of(spec) for spec in TOOLS}


def _asked(tool: str, text: str, before: str = "") -> dict[str, Any]:
    reading = read_message(HOUSEHOLD.context(text, before), VOCABULARY)
    request = build(reading, VOCABULARY.intents[tool], SHAPES[tool], None)
    assert [call.tool for call in request.calls] == [tool]
    return dict(request.calls[0].arguments)


@pytest.mark.parametrize(
    ("tool", "text", "argument", "value"),
    [
        ("open_wallet", "could i have a euro wallet some day", "currency", "EUR"),
        ("close_card", "away with card 4411", "card", "4411"),
        ("freeze_card", "stop the shopping card working", "card", "shopping"),
        ("set_budget_alert", "a nudge at 62% on food", "percent", "62"),
        ("show_debt_plan", "debts gone sooner with 35 extra", "extra", "35"),
        ("take_from_goal", "get me 30 off the car goal", "goal", "car"),
        ("add_to_goal", "another 30 into my emergency fund", "goal", "emergency fund"),
        ("set_debt", "there is 900 on my student loan at 5% min 50", "name", "student loan"),
        ("set_debt", "amex at 24% and a minimum payment of 35", "least", "35"),
        ("set_goal", "start a fund of 2000 called rainy days", "amount", "2000"),
        ("set_goal", "start a fund of 2000 called rainy days", "name", "rainy days"),
        ("edit_bill", "the water bill comes every quarter now", "cadence", "quarterly"),
        ("show_changes", "poorer than on monday", "period", "2026-11-16..2026-11-18"),
    ],
)
def test_a_request_takes(tool: str, text: str, argument: str, value: str) -> None:
    assert _asked(tool, text).get(argument) == value


def test_a_year_that_is_over_is_no_day_to_save_by() -> None:
    assert "by" not in _asked("set_goal", "start a fund of 2000 called rainy days")


def test_a_savings_goal_is_not_about_the_account_of_that_name() -> None:
    assert "account" not in _asked("set_goal", "a savings goal called bike with 400")
    assert _asked("set_goal", "400 for a bike in savings")["account"] == "account:2"


@pytest.mark.parametrize(
    ("today", "text", "by"),
    [
        (date(2026, 11, 18), "save 800 for japan by december", "2026-11-30"),
        (date(2026, 11, 30), "save 800 for japan by december", "2026-12-31"),
        (date(2026, 11, 30), "save 800 for japan by tomorrow", "2026-12-01"),
    ],
)
def test_on_the_eve_of_a_month_by_it_means_by_its_end(today: date, text: str, by: str) -> None:
    context = replace(HOUSEHOLD.context(text, ""), today=today)
    reading = read_message(context, VOCABULARY)
    request = build(reading, VOCABULARY.intents["set_goal"], SHAPES["set_goal"], None)
    assert [call.arguments.get("by") for call in request.calls] == [by]


def test_a_change_of_income_has_no_category() -> None:
    assert _asked("simulate_change", "what if i take a pay cut of 200") == {
        "change": "income_down",
        "amount": "200",
    }


def test_a_verdict_is_about_the_pair_that_was_shown_and_about_no_other() -> None:
    asked = _asked("settle_double", "it is the same one", "double")
    assert asked["pair"] == "double:12-9"
    reading = read_message(HOUSEHOLD.context("it is the same one", "list"), VOCABULARY)
    request = build(reading, VOCABULARY.intents["settle_double"], SHAPES["settle_double"], None)
    assert [call.tool for call in request.calls] == ["list_doubles"]


@pytest.mark.parametrize("text", ["1 and 2 are groceries", "1 2 = groceries"])
def test_several_numbers_share_the_category_after_them(text: str) -> None:
    reading = read_message(HOUSEHOLD.context(text, "sorting"), VOCABULARY)
    found = numbered_filings(reading, ("entry:31", "entry:32", "entry:33"))
    assert found == [
        {"entry": entry, "category": "FOOD_AND_DRINK_GROCERIES"}
        for entry in ("entry:31", "entry:32")
    ]


def test_a_sum_by_which_something_changes_is_an_amount() -> None:
    reading = read_message(HOUSEHOLD.context("300 more a month"), VOCABULARY)
    assert [str(piece.value.value) for piece in reading.of("amount")] == ["300"]
    reading = read_message(HOUSEHOLD.context("show 5 more"), VOCABULARY)
    assert reading.of("amount") == []
