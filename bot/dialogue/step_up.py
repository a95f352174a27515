"""The second factor for what a chat alone cannot approve: asked for elsewhere, never by SMS.

A number on the telephone network can be taken over, so a code sent there proves little. What
counts is another chat of the user's that sits behind a sign-in, or his PIN on a signed page.
"""

from __future__ import annotations

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.approvals.approval import Approval
from core.approvals.telling import facts_of
from core.facts import Answer, Choice, named
from core.messaging.address import ChannelName
from core.messaging.outbound import Choice as Button
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from core.users.user import User, UserKind
from prompts.compose import compose
from prompts.figures import Style
from prompts.fit import fit

# Chats behind a sign-in of their own. A terminal is the operator's, an SMS is an address.
STRONG = frozenset({ChannelName.WEB, ChannelName.TELEGRAM, ChannelName.WHATSAPP})


def ask_second_factor(
    kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, approval: Approval
) -> Answer:
    """Ask where a second factor can come from, and say here where that is."""
    assert arrival.user is not None
    facts, options = facts_of(approval), []
    other = _another_chat(uow, arrival)
    if other is not None:
        _ask_there(kit, uow, arrival, other, approval)
        facts += (named("channel", other.address.channel.value),)
        options.append("approval.step_up_chat")
    if kit.confirm_link is not None and _has_pin(uow, arrival.user):
        facts += (named("link", kit.confirm_link(approval.id)),)
        options.append("approval.step_up_page")
    return Answer("approval.step_up", facts, options=tuple(options or ["approval.step_up_none"]))


def _has_pin(uow: UnitOfWork, user: User) -> bool:
    """Tell whether the page would have something to compare with; samples have one for all."""
    return user.kind is UserKind.DEMO or bool(uow.users.pin_hash(user.id))


def _another_chat(uow: UnitOfWork, arrival: Arrival) -> Conversation | None:
    """Return the strong chat of the user's that was used last, if there is another than this."""
    assert arrival.user is not None
    bindings = [
        binding
        for binding in uow.bindings.of(arrival.user.id)
        if binding.state is BindingState.ACTIVE
        and binding.address.channel in STRONG
        and binding.address != arrival.talk.address
    ]
    bindings.sort(key=lambda one: one.last_inbound_at or one.linked_at, reverse=True)
    found = (uow.conversations.find(binding.address) for binding in bindings)
    return next((talk for talk in found if talk is not None), None)


def _ask_there(
    kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, other: Conversation, approval: Approval
) -> None:
    """Show there, in words of our own, exactly what is to be confirmed, and by which word."""
    assert arrival.user is not None
    wishes = arrival.user.preferences
    book = kit.phrasebook(wishes.language)
    style = Style(wishes.locale, wishes.zone, wishes.today(arrival.now), other.profile.value)
    here = named("channel", arrival.talk.address.channel.value)
    choices = (
        Choice(f"CONFIRM {approval.code}", "choice.confirm_code"),
        Choice(f"DECLINE {approval.code}", "choice.decline"),
    )
    answer = Answer("approval.confirm_here", (*facts_of(approval), here), choices=choices)
    text = compose(answer, book, style)
    fitted = fit(text.glued, text.labels, style.profile, book, whole=True)
    buttons = tuple(Button(label.text, label.send) for label in fitted.buttons)
    outgoing = Outgoing(
        owner=arrival.user.id,
        conversation_id=other.id,
        address=other.address,
        message=OutboundMessage(fitted.text, buttons, (), MessageClass.APPROVAL),
        dedupe_key=f"confirm:{approval.id}",
        due_at=arrival.now,
    )
    uow.outbox.enqueue(outgoing, now=arrival.now, ids=kit.ids)
