"""Asks the planners in order and takes the first plan that is sure."""

from __future__ import annotations

from bot.dialogue.kit import DialogueKit
from bot.dialogue.pending import answer_pending
from bot.dialogue.snapshot import Arrival
from core.conversation.context import TurnContext
from core.conversation.plan import Plan, PlannerName, Say, ToolCall
from core.errors import FinanceError
from core.messaging.inbound import InboundKind


def choose(kit: DialogueKit, arrival: Arrival, context: TurnContext) -> Plan:
    """Return a plan: a file first, then the open question or approval, then each planner."""
    if arrival.message.kind is InboundKind.FILE:
        return _read_file(kit, arrival)
    if not context.text:
        return Plan(PlannerName.PENDING, (Say("guard.empty"),), "empty")
    if len(context.text) > kit.limits.text_characters:
        fields = {"limit": str(kit.limits.text_characters)}
        return Plan(PlannerName.PENDING, (Say("guard.too_long", fields),), "too_long")
    words = kit.words(context.preferences.language)
    plan = answer_pending(context, words, confident=_confident(kit, context))
    if plan is not None:
        return plan
    for planner in kit.planners:
        plan = planner.plan(context)
        if plan is not None:
            return plan
    return Plan(PlannerName.ASK, (Say("unclear.first"),), "unclear")


def _read_file(kit: DialogueKit, arrival: Arrival) -> Plan:
    """Fetch a file the user sent and plan to read it; a file that cannot be had is said."""
    try:
        key = kit.fetch_file(arrival.message)
    except FinanceError as error:
        fields = {name: str(value) for name, value in error.fields.items()}
        return Plan(PlannerName.PENDING, (Say(error.code, fields),), "file")
    return Plan(PlannerName.PENDING, (ToolCall("import_statement", {"file": key}),), "file")


def _confident(kit: DialogueKit, context: TurnContext) -> bool:
    """Tell whether the message is a full request of its own, which suspends an open question."""
    if context.state.pending is None:
        return False
    for planner in kit.planners:
        plan = planner.plan(context)
        if plan is not None:
            return plan.confidence >= 90 and plan.planner in (
                PlannerName.SENTENCE,
                PlannerName.CLASSIFIER,
            )
    return False
