"""Answers that are told in sentences: a model may find the words, the facts are settled before."""

from __future__ import annotations

from core.conversation.plan import Plan, ToolCall
from core.facts import Answer
from prompts.draft import references

# What is told in sentences; what is a list or a figure stays in the phrasebook's words.
_TOLD = frozenset({"review_month"})
# These must be said, whatever else a model finds worth telling; then at least so many facts.
_MUST = frozenset({"spent", "income"})
_LEAST = 4


def narrated_call(plan: Plan) -> ToolCall | None:
    """Return the one call of a plan whose answer is told in sentences, if that is all it does."""
    if len(plan.steps) != 1 or plan.ignored:
        return None
    step = plan.steps[0]
    return step if isinstance(step, ToolCall) and step.tool in _TOLD else None


def tells_enough(text: str, answer: Answer) -> bool:
    """Tell whether words say what was asked: the main figures, and some of the others."""
    used = set(references(text))
    must = {fact.id for fact in answer.facts if fact.name in _MUST}
    return must <= used and len(used) >= min(_LEAST, len(answer.facts))
