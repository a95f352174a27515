"""Proposals that wait: told again after a question in between, and after an order to ourselves."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.act import Acted
from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.approvals.approval import Approval
from core.approvals.telling import decide_choices, facts_of, worded
from core.conversation.context import TurnContext
from core.conversation.plan import Say, ToolCall
from core.facts import Answer
from tools.approvals import waiting_lines
from tools.outcome import Done
from tools.spec import Effect, Tier

# These tell of proposals themselves.
_OF_PROPOSALS = frozenset({"list_approvals", "show_approval"})
# What is said to a text that gives orders to us, as a letter or a web page might.
_ORDERS = frozenset({"guard.injection", "guard.approve_all"})


def still_waiting(
    kit: DialogueKit, arrival: Arrival, context: TurnContext, acted: Sequence[Acted]
) -> Answer | None:
    """Return the proposal that the last turn made, if this turn only asked something else.

    After an order to ourselves it is everything that waits: each takes its own code.
    """
    if arrival.user is None:
        return None
    if gives_orders(acted):
        return _listed(_waiting(kit, arrival))
    if not _just_proposed(kit, context) or not _only_asked(kit, acted):
        return None
    waiting = [one for one in _waiting(kit, arrival) if one.conversation_id == arrival.talk.id]
    return _one(waiting[0]) if len(waiting) == 1 else None


def gives_orders(acted: Sequence[Acted]) -> bool:
    """Tell whether the message was answered as one that gives orders to us."""
    return any(isinstance(item.step, Say) and item.step.phrase in _ORDERS for item in acted)


def _waiting(kit: DialogueKit, arrival: Arrival) -> tuple[Approval, ...]:
    assert arrival.user is not None
    with kit.database.reading() as uow:
        return uow.approvals.open_for(arrival.user.id, now=arrival.now)


def _listed(waiting: Sequence[Approval]) -> Answer | None:
    if not waiting:
        return None
    return (
        _one(waiting[0])
        if len(waiting) == 1
        else Answer("approval.several", (), waiting_lines(waiting))
    )


def _one(waiting: Approval) -> Answer:
    shape = worded(waiting, "approval.one_waiting")
    return Answer(shape, facts_of(waiting), choices=decide_choices(waiting.code))


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
