"""What a turn was about: the call that numbers point at, and a question it only interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.act import Acted
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Plan, PlannerName, ToolCall
from core.conversation.state import Pending
from core.facts import Answer
from tools.outcome import Done, NeedsApproval, NeedsInput

# Talk that does not change what the conversation is about.
ASIDE = frozenset({"undo", "show_help", "explain_figure", "show_history", "show_approval"})
# A yes or a choice among guesses: nothing to come back to once the talk has moved on.
_GUESSES = frozenset({"confirm", "call"})

# Lines about these are numbered: a bare number shows one of them.
PICKED = ("entry:", "account:")


def about(acted: Sequence[Acted]) -> tuple[Acted, Answer] | None:
    """Return the call that the conversation is about after these steps, and its answer."""
    for item in reversed(acted):
        if not isinstance(item.step, ToolCall):
            continue
        if not isinstance(item.outcome, (Done, NeedsApproval)):
            continue
        answer = item.outcome.answer
        if item.step.tool not in ASIDE or answer.lines:
            return item, answer
    return None


def asks(acted: Sequence[Acted]) -> bool:
    """Tell whether the turn ends in a question to the user."""
    return any(isinstance(item.step, Ask) or isinstance(item.outcome, NeedsInput) for item in acted)


def interrupted(context: TurnContext, plan: Plan, acted: Sequence[Acted]) -> Pending | None:
    """Return the open question that this turn left open: it is asked again, once.

    It stays open when the turn answered something else; an undo, a proposal or a question of
    its own lets it go.
    """
    pending = context.state.pending
    if pending is None or pending.tries or pending.ask.slot in _GUESSES:
        return None
    requests = (PlannerName.SENTENCE, PlannerName.CLASSIFIER, PlannerName.MODEL)
    if plan.planner not in requests or asks(acted):
        return None
    calls = [item for item in acted if isinstance(item.step, ToolCall)]
    answered = all(isinstance(item.outcome, Done) for item in calls)
    if not calls or not answered or any(_starts_afresh(item) for item in calls):
        return None
    return replace(pending, tries=pending.tries + 1)


def _starts_afresh(item: Acted) -> bool:
    return isinstance(item.step, ToolCall) and item.step.tool == "undo"
