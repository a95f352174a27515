"""A question that a yes answers with several calls is kept as it was asked."""

from __future__ import annotations

from core.conversation.plan import Ask, Plan, PlannerName, ToolCall
from core.conversation.plan_json import plan_from_json, plan_to_json
from core.conversation.state import ask_from_json, ask_to_json

BUDGET = ToolCall("set_budget", {"category": "FOOD_AND_DRINK", "amount": "300"})
WARNING = ToolCall("set_budget_alert", {"category": "FOOD_AND_DRINK", "percent": 75})


def test_several_calls_come_back_in_order():
    asked = Ask(BUDGET, "confirm", "clarify.shall_i", more=(WARNING,))
    assert ask_from_json(ask_to_json(asked)) == asked
    plan = Plan(PlannerName.MODEL, (asked,))
    assert plan_from_json(plan_to_json(plan)) == plan


def test_one_call_reads_as_it_always_did():
    asked = Ask(BUDGET, "confirm", "clarify.shall_i")
    assert "more" not in ask_to_json(asked)
    assert ask_from_json(ask_to_json(asked)) == asked
