"""What "it" and a bare sale mean after something was made, and what is never written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.conversation.context import Named, TurnContext
from core.conversation.plan import Ask, Option, ToolCall
from core.conversation.state import DialogueState, Frame
from intents.answers import chosen_option, slot_value
from intents.engine import OfflinePlanner
from intents.held_out import Household
from tests.unit.intents.conftest import Said

COFFEE = "FOOD_AND_DRINK_COFFEE"
BOUGHT = {"kind": "buy", "quantity": "5", "price": "180", "security": "Apple"}


def after(
    household: Household, text: str, tool: str, arguments: Mapping[str, Any], **held: Any
) -> TurnContext:
    """Return the turn that says a text after a call, with an older entry in the talk."""
    context = household.context(text)
    focus = Frame(ToolCall(tool, arguments), context.now)
    state = DialogueState(focus=focus, last_entry="entry:7")
    return replace(context, state=state, names=replace(context.names, **held))


class TestASaleAfterAPurchase:
    @pytest.mark.parametrize("text", ["sold 2 at 200", "i sold 2 at 200 each"])
    def test_has_its_own_figures(
        self, exact_planner: OfflinePlanner, household: Household, text: str
    ) -> None:
        plan = exact_planner.plan(after(household, text, "add_trade", BOUGHT))
        sale = {"kind": "sell", "quantity": "2", "price": "200", "security": "Apple"}
        assert plan.steps == (ToolCall("add_trade", sale),)

    def test_of_a_security_that_is_held_needs_no_talk_before(
        self, exact_planner: OfflinePlanner, household: Household
    ) -> None:
        context = household.context("sold 2 of apple at 200")
        held = replace(context.names, securities=(Named("security:1", "Apple"),))
        sale = {"kind": "sell", "quantity": "2", "price": "200", "security": "apple"}
        plan = exact_planner.plan(replace(context, names=held))
        assert plan.steps == (ToolCall("add_trade", sale),)

    def test_without_its_price_leaves_the_price_to_be_asked(
        self, exact_planner: OfflinePlanner, household: Household
    ) -> None:
        plan = exact_planner.plan(after(household, "sold 2", "add_trade", BOUGHT))
        sale = {"kind": "sell", "quantity": "2", "security": "Apple"}
        assert plan.steps == (ToolCall("add_trade", sale),)

    def test_of_nothing_known_is_no_entry(self, said: Said) -> None:
        assert not [one for one in said("sold 2 at 200").steps if isinstance(one, ToolCall)]


class TestDeleteIt:
    @pytest.mark.parametrize(
        ("tool", "arguments", "call"),
        [
            (
                "set_budget",
                {"category": COFFEE, "amount": "100"},
                ToolCall("delete_budget", {"category": COFFEE}),
            ),
            (
                "pause_budget",
                {"category": COFFEE},
                ToolCall("delete_budget", {"category": COFFEE}),
            ),
            ("add_reminder", {"what": "call mom", "day": "2026-11-27"}, ToolCall("undo")),
            (
                "add_entry",
                {"payee": "tea", "amount": "3"},
                ToolCall("delete_entry", {"entry": "entry:7"}),
            ),
        ],
    )
    def test_is_the_last_thing_made(
        self,
        exact_planner: OfflinePlanner,
        household: Household,
        tool: str,
        arguments: Mapping[str, str],
        call: ToolCall,
    ) -> None:
        context = after(household, "delete it", tool, arguments)
        assert exact_planner.plan(context).steps == (call,)

    def test_of_something_that_cannot_be_deleted_so_asks(
        self, exact_planner: OfflinePlanner, household: Household
    ) -> None:
        context = after(household, "delete it", "set_preference", {"name": "zone", "value": "x"})
        (step,) = exact_planner.plan(context).steps
        assert isinstance(step, Ask)

    def test_says_the_last_entry_when_it_says_so(
        self, exact_planner: OfflinePlanner, household: Household
    ) -> None:
        context = after(household, "delete the last entry", "set_budget", {"category": COFFEE})
        call = ToolCall("delete_entry", {"entry": "entry:7"})
        assert exact_planner.plan(context).steps == (call,)


class TestRaiseIt:
    def test_is_the_limit_just_set(
        self, exact_planner: OfflinePlanner, household: Household
    ) -> None:
        budget = {"category": COFFEE, "amount": "100"}
        context = after(household, "raise it to 350", "set_budget", budget)
        call = ToolCall("set_budget", {"category": COFFEE, "amount": "350"})
        assert exact_planner.plan(context).steps == (call,)


class TestMoneyThatCameBack:
    @pytest.mark.parametrize(
        "text", ["got 80 back from uber", "80 back from uber", "refund of 80 from uber"]
    )
    def test_is_money_in(self, said: Said, text: str) -> None:
        arguments = {"amount": "80", "payee": "uber", "direction": "in"}
        assert said(text).steps == (ToolCall("add_entry", arguments),)

    @pytest.mark.parametrize(
        "text",
        [
            "uber there 12 and back 14",
            "taxi back from airport 20",
            "gift from amazon for dad 30",
            "drinks with bob who came back 15",
        ],
    )
    def test_is_not_said_by_one_word(self, said: Said, text: str) -> None:
        steps = [one.call if isinstance(one, Ask) else one for one in said(text).steps]
        calls = [one for one in steps if isinstance(one, ToolCall)]
        assert not [one for one in calls if one.arguments.get("direction") == "in"]


class TestAList:
    def test_that_gives_the_amounts_first_pairs_them_so(self, said: Said) -> None:
        calls = said("6 starbucks, 15 netflix, 40 gas").steps
        pairs = [("6", "starbucks"), ("15", "netflix"), ("40", "gas")]
        assert calls == tuple(
            ToolCall("add_entry", {"amount": amount, "payee": payee}) for amount, payee in pairs
        )

    def test_is_none_where_a_figure_counts(self, said: Said) -> None:
        arguments = {"amount": "9", "payee": "2 beers", "note": "with ana"}
        assert said("2 beers 9 with ana").steps == (ToolCall("add_entry", arguments),)

    @pytest.mark.parametrize("text", ["", "🙂", "…", "٣"])
    def test_without_a_word_is_none(self, said: Said, text: str) -> None:
        assert not [step for step in said(text).steps if isinstance(step, ToolCall)]


class TestADayInFigures:
    @pytest.mark.parametrize("text", ["12/11 lunch 14", "lunch 14 on 12/5"])
    def test_that_is_nearly_a_year_back_is_asked(self, said: Said, text: str) -> None:
        (step,) = said(text).steps
        assert isinstance(step, Ask)
        assert step.slot == "booked_date"
        assert "booked_date" not in step.call.arguments


class TestAnOpenQuestion:
    @pytest.mark.parametrize(
        ("slot", "text"),
        [
            ("category", "split 90 dinner 3 ways"),
            ("category", "delete my coffee entries"),
            ("payee", "taken 20 from atm"),
            ("payee", "two fifty for bread"),
        ],
    )
    def test_takes_no_request_for_its_answer(
        self, household: Household, slot: str, text: str
    ) -> None:
        assert slot_value(slot, household.context(text)) is None

    @pytest.mark.parametrize(("slot", "text"), [("payee", "7 eleven"), ("category", "coffee")])
    def test_takes_a_name(self, household: Household, slot: str, text: str) -> None:
        assert slot_value(slot, household.context(text))

    def test_between_requests_takes_one_that_is_named(self, household: Household) -> None:
        labels = ("delete the reminder 3", "close card")
        options = [Option({"tool": label}, text=label) for label in labels]
        context = household.context("delete all my coffees")
        assert chosen_option(context.text, options, context) is None
        assert chosen_option("the reminder", options, context) is options[0]


def test_a_transfer_of_ones_own_is_no_spending(said: Said) -> None:
    steps = said("transferred 200 to savings").steps
    assert not [one for one in steps if isinstance(one, ToolCall) and one.tool == "add_entry"]
