"""A proposal that a question came in between of: it is told once more that it waits."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.act import Acted
from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.approvals.telling import facts_of, worded
from core.conversation.context import TurnContext
from core.conversation.plan import ToolCall
from core.facts import Answer
from tools.gate import decide_choices
from tools.outcome import Done
from tools.spec import Effect, Tier

# These tell of proposals themselves.
_OF_PROPOSALS = frozenset({"list_approvals", "show_approval"})


def still_waiting(
    kit: DialogueKit, arrival: Arrival, context: TurnContext, acted: Sequence[Acted]
) -> Answer | None:
    """Return the proposal that the last turn made, if this turn only asked something else."""
    if arrival.user is None or not _just_proposed(kit, context) or not _only_asked(kit, acted):
        return None
    with kit.database.reading() as uow:
        waiting = [
            one
            for one in uow.approvals.open_for(arrival.user.id, now=arrival.now)
            if one.conversation_id == arrival.talk.id
        ]
    if len(waiting) != 1:
        return None
    return Answer(
        worded(waiting[0], "approval.one_waiting"),
        facts_of(waiting[0]),
        choices=decide_choices(waiting[0].code),
    )


def _just_proposed(kit: DialogueKit, context: TurnContext) -> bool:
    focus, registry = context.state.focus, kit.runner.registry
    if focus is None or focus.call.tool not in registry:
        return False
    return registry.get(focus.call.tool).tier >= Tier.EXTERNAL


def _only_asked(kit: DialogueKit, acted: Sequence[Acted]) -> bool:
    registry = kit.runner.registry
    tools = [item.step.tool for item in acted if isinstance(item.step, ToolCall)]
    return (
        bool(tools)
        and all(isinstance(item.outcome, Done) for item in acted)
        and not _OF_PROPOSALS & set(tools)
        and all(registry.get(tool).effect is Effect.READ for tool in tools if tool in registry)
    )
