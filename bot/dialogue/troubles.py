"""Charged wrongly, or short of money: told what can be done, where no request is sure."""

from __future__ import annotations

from core.conversation.context import TurnContext
from core.conversation.plan import Plan, PlannerName, Say, Step, ToolCall
from core.handoff.rights import Wrong, right_in
from core.handoff.ticket import TicketReason
from intents.rights import is_hardship, wrong_in
from intents.slots.names import NameContext, match_names

_DISTRESS = ToolCall("ask_human", {"reason": TicketReason.DISTRESS.value})
# What a bag of words makes of a complaint; an exact sentence that asks for these is left alone.
_MISTAKEN = frozenset({"show_approval", "find_entries", "cancel_subscription", "list_doubles"})
_SURE = 90  # per cent


def helped(context: TurnContext, plan: Plan) -> Plan:
    """Return the plan, or what helps somebody in trouble where the plan is none for him.

    Despair goes before everything else, and a request that is understood is carried out.
    """
    if _DISTRESS in plan.steps or not _may_be_other(plan):
        return plan
    wrong = wrong_in(context.text)
    if wrong is not None:
        steps = (_right(context, wrong), *_payments(context))
        return Plan(PlannerName.SENTENCE, steps, f"right: {wrong.value}")
    if is_hardship(context.text):
        steps = (Say("care.money_worry"), ToolCall("safe_to_spend", {}))
        return Plan(PlannerName.SENTENCE, steps, "hardship")
    return plan


def _may_be_other(plan: Plan) -> bool:
    """Tell whether nothing was asked for that is sure to be meant."""
    calls = [step for step in plan.steps if isinstance(step, ToolCall)]
    if plan.planner is PlannerName.ASK or not calls:
        return True
    if plan.planner is PlannerName.SENTENCE and not plan.ignored:
        return False
    return plan.confidence < _SURE or all(call.tool in _MISTAKEN for call in calls)


def _payments(context: TurnContext) -> tuple[Step, ...]:
    """Show the payments to the shop that is named, for they are what a complaint needs."""
    found = match_names(context.text, context.names.merchants, context=NameContext.PLAIN)
    if found is None or not found.handle:
        return ()
    return (ToolCall("find_entries", {"merchant": found.handle}),)


def _right(context: TurnContext, wrong: Wrong) -> Say:
    right = right_in(context.preferences.country, wrong)
    if right is None:
        return Say(f"rights.{wrong.value}_anywhere")
    times = {"days": right.days, "weeks": right.weeks, "months": right.months}
    fields = {name: str(number) for name, number in times.items() if number}
    return Say(f"rights.{wrong.value}", {**fields, "law": right.law})
