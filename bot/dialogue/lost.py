"""Not understood twice in a row: a person is offered, once, and never to who already waits."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Plan, PlannerName, Say, ToolCall
from core.handoff.ticket import TicketReason

_LOST = frozenset({"unclear.first", "unclear.out_of_scope"})
_OFFER = ToolCall("ask_human", {"reason": TicketReason.FAILURES.value})


def offered_person(kit: DialogueKit, arrival: Arrival, context: TurnContext, plan: Plan) -> Plan:
    """Return the plan, or the offer of a person where it is one failure too many."""
    if not _is_lost(plan) or context.state.failures + 1 < kit.limits.failures_before_human:
        return plan
    if arrival.user is None or "ask_human" not in kit.runner.registry:
        return plan
    with kit.database.reading() as uow:
        if uow.tickets.waiting(arrival.user.id) is not None:
            return plan  # somebody has it already: offering again would go round in circles
    ask = Ask(_OFFER, "confirm", "unclear.second")
    return Plan(PlannerName.ASK, (ask,), plan.understood, plan.confidence)


def owned_up(context: TurnContext, plan: Plan) -> Plan:
    """Return the plan; who scolds right after a failure of ours hears that we know of it."""
    if not context.state.failures or plan.steps != (Say("chat.insult"),):
        return plan
    return replace(plan, steps=(Say("chat.insult_after_failure"),))


def _is_lost(plan: Plan) -> bool:
    return plan.planner is PlannerName.ASK and all(
        isinstance(step, Say) and step.phrase in _LOST for step in plan.steps
    )
