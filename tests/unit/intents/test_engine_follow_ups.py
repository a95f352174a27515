"""Messages that turn the last question, and corrections of what was just done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.conversation.plan import Ask, ToolCall
from intents.engine import OfflinePlanner
from intents.held_out import Household
from tests.unit.intents.conftest import Said

GROCERIES = "FOOD_AND_DRINK_GROCERIES"
RESTAURANTS = "FOOD_AND_DRINK_RESTAURANT"
OCTOBER = "2026-10-01..2026-10-31#month"
SEPTEMBER = "2026-09-01..2026-09-30#month"
# "spending" went before: groceries in October.


class TestAFollowUp:
    @pytest.mark.parametrize(
        ("text", "tool", "arguments"),
        [
            (
                "and the month before?",
                "show_spending",
                {"category": GROCERIES, "period": SEPTEMBER},
            ),
            (
                "what about coffee",
                "show_spending",
                {"category": "FOOD_AND_DRINK_COFFEE", "period": OCTOBER},
            ),
            ("only swiggy", "show_spending", {"merchant": "swiggy", "period": OCTOBER}),
            (
                "by category",
                "show_spending",
                {"category": GROCERIES, "period": OCTOBER, "group_by": "category"},
            ),
            (
                "vs september",
                "show_spending",
                {"category": GROCERIES, "period": OCTOBER, "compare_to": SEPTEMBER},
            ),
            ("which ones?", "find_entries", {"category": GROCERIES, "period": OCTOBER}),
            (
                "the biggest",
                "find_entries",
                {"category": GROCERIES, "period": OCTOBER, "sort": "largest"},
            ),
            ("u sure?", "explain_figure", {}),
            (
                "no, i meant last week",
                "show_spending",
                {"category": GROCERIES, "period": "2026-11-09..2026-11-15#week"},
            ),
            (
                "not groceries, eating out",
                "show_spending",
                {"category": RESTAURANTS, "period": OCTOBER},
            ),
        ],
    )
    def test_keeps_the_question_and_changes_a_part(
        self, said: Said, text: str, tool: str, arguments: dict[str, str]
    ) -> None:
        assert said(text, "spending").steps == (ToolCall(tool, arguments),)

    def test_about_another_month_of_a_budget_is_about_spending(self, said: Said) -> None:
        this_month = "2026-11-01..2026-11-30#month"
        arguments = {"category": "FOOD_AND_DRINK", "period": OCTOBER, "compare_to": this_month}
        assert said("and last month?", "budget").steps == (ToolCall("show_spending", arguments),)

    def test_carries_the_action_to_another_subscription(self, said: Said) -> None:
        arguments = {"subscription": "subscription:2"}
        call = ToolCall("cancel_subscription", arguments)
        assert said("do the same for spotify", "cancel").steps == (call,)

    def test_narrows_a_list(self, said: Said) -> None:
        steps = said("only over 50", "list").steps
        arguments = {"merchant": "amazon", "period": OCTOBER, "minimum": "50"}
        assert steps == (ToolCall("find_entries", arguments),)

    def test_is_forgotten_after_a_while(
        self, exact_planner: OfflinePlanner, household: Household
    ) -> None:
        turn = household.context("what about coffee", "spending")
        later = turn.now + timedelta(minutes=16)
        turn = replace(turn, now=later, state=turn.state.fresh(later))
        call = ToolCall("show_spending", {"category": GROCERIES, "period": OCTOBER})
        assert turn.state.focus is None
        assert all(step != call for step in exact_planner.plan(turn).steps)


class TestACorrectionOfAnEntry:
    @pytest.mark.parametrize(
        ("text", "change"),
        [
            ("no 45", {"amount": "45"}),
            ("make it 5", {"amount": "5"}),
            ("not 4, 5", {"amount": "5"}),
            ("it was 12 not 21", {"amount": "12"}),
            ("should be 12", {"amount": "12"}),
            ("it was yesterday", {"booked_date": "2026-11-17"}),
            ("make it yesterday", {"booked_date": "2026-11-17"}),
            ("no, at starbucks", {"payee": "starbucks"}),
            ("add a note: with bo", {"note": "with bo"}),
        ],
    )
    def test_changes_what_was_wrong(self, said: Said, text: str, change: dict[str, str]) -> None:
        call = ToolCall("edit_entry", {"entry": "entry:12", **change})
        assert said(text, "entry").steps == (call,)

    @pytest.mark.parametrize(
        "text",
        [
            "no, that was groceries",
            "not coffee, groceries",
            "it's groceries",
            "put it under groceries",
            "nope groceries",
        ],
    )
    def test_moves_it_to_the_category_that_is_meant(self, said: Said, text: str) -> None:
        call = ToolCall("recategorise_entry", {"entry": "entry:12", "category": GROCERIES})
        assert said(text, "entry").steps == (call,)

    def test_of_two_things_makes_two_changes(self, said: Said) -> None:
        # Each of them can be undone.
        assert said("no it was 3.20 yesterday", "entry").steps == (
            ToolCall("edit_entry", {"entry": "entry:12", "amount": "3.20"}),
            ToolCall("edit_entry", {"entry": "entry:12", "booked_date": "2026-11-17"}),
        )

    def test_goes_to_the_entry_that_is_replied_to(self, said: Said) -> None:
        call = ToolCall("edit_entry", {"entry": "entry:77", "amount": "250"})
        assert said("250", "reply").steps == (call,)

    def test_by_a_bare_amount_is_confirmed_first(self, said: Said) -> None:
        step = said("4.20", "entry").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "confirm"
        assert step.call == ToolCall("edit_entry", {"entry": "entry:12", "amount": "4.20"})

    def test_of_a_budget_changes_the_budget(self, said: Said) -> None:
        arguments = {"category": "FOOD_AND_DRINK", "amount": "500"}
        assert said("make it 500", "set_budget").steps == (ToolCall("set_budget", arguments),)

    def test_without_anything_to_correct_asks_which(self, said: Said) -> None:
        step = said("no, that was groceries").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "entry"


class TestPointingAtALine:
    @pytest.mark.parametrize(
        ("text", "tool", "arguments"),
        [
            ("delete 2", "delete_entry", {"entry": "entry:22"}),
            ("show 4", "show_entry", {"entry": "entry:24"}),
            ("the second one", "show_entry", {"entry": "entry:22"}),
            ("details of #5", "show_entry", {"entry": "entry:25"}),
            (
                "number 3 is groceries",
                "recategorise_entry",
                {"entry": "entry:23", "category": GROCERIES},
            ),
            ("change number 2 to 30", "edit_entry", {"entry": "entry:22", "amount": "30"}),
            ("history of the first one", "show_history", {"entry": "entry:21"}),
        ],
    )
    def test_means_the_entry_with_that_number(
        self, said: Said, text: str, tool: str, arguments: dict[str, str]
    ) -> None:
        assert said(text, "list").steps == (ToolCall(tool, arguments),)

    def test_beyond_the_list_is_asked_back(self, said: Said) -> None:
        step = said("delete number 9", "list").steps[0]
        assert isinstance(step, Ask)
        assert step.slot == "entry"
