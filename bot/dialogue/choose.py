"""Asks the planners in order and takes the first plan that is sure."""

from __future__ import annotations

from bot.dialogue.kit import DialogueKit
from bot.dialogue.pending import answer_pending
from core.conversation.context import TurnContext
from core.conversation.plan import Plan, PlannerName, Say


def choose(kit: DialogueKit, context: TurnContext) -> Plan:
    """Return a plan: the open question or approval first, then each planner."""
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
