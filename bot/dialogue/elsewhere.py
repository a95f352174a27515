"""Telling a user in his other chats what happened in one of them: once for each event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from bot.dialogue.reply import speak
from core.messaging.address import Address, ChannelName
from core.messaging.outbound import MessageClass
from core.messaging.outbox import Outgoing
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from core.users.user import User


def other_chats(uow: UnitOfWork, arrival: Arrival, user: User) -> Iterator[Arrival]:
    """Give the arrival as if it were at each other chat of the user's that may be written to."""
    there = replace(arrival, user=user, language=user.preferences.language)
    for talk in uow.conversations.of(user.id):
        if _hears_us(uow, talk, arrival.talk.address):
            yield replace(there, talk=talk)


def tell(
    kit: DialogueKit, uow: UnitOfWork, there: Arrival, phrase: str, channel: str, *, key: str
) -> None:
    """Put a phrase about ``channel`` into the outbox for the chat of ``there``, once a ``key``."""
    reply = speak(kit, there, phrase, {"channel": channel})
    assert reply.message is not None
    outgoing = Outgoing(
        owner=there.talk.owner,
        conversation_id=there.talk.id,
        address=there.talk.address,
        message=replace(reply.message, message_class=MessageClass.SECURITY),
        dedupe_key=key,
        due_at=there.now,
    )
    uow.outbox.enqueue(outgoing, now=there.now, ids=kit.ids)


def _hears_us(uow: UnitOfWork, talk: Conversation, here: Address) -> bool:
    """Tell whether a chat is another one that may be written to."""
    if talk.address == here or uow.bindings.is_opted_out(talk.address):
        return False
    if talk.address.channel in (ChannelName.WEB, ChannelName.TERMINAL):
        return True
    binding = uow.bindings.owner_of(talk.address)
    return binding is not None and binding.state is BindingState.ACTIVE
