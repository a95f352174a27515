"""A chat that writes faster than people do: told once to slow down, then not read for a while."""

from __future__ import annotations

from datetime import timedelta

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from bot.dialogue.reply import Reply, speak
from core.messaging.inbound import InboundKind
from workers.chats import BOUND

_MINUTE = timedelta(minutes=1)


def slowed(kit: DialogueKit, arrival: Arrival) -> Reply | None:
    """Answer the first message beyond the limit, and none after it; nothing within the limit.

    A provider is never told to stop: everything is stored, in its order. What counts is when a
    message came, so one who waited for us is not taken for a flood. An approval and a button are
    always read: nobody can keep a user from declining by writing in his name.
    """
    message, address = arrival.message, arrival.talk.address
    if address.channel not in BOUND or message.kind is InboundKind.BUTTON:
        return None
    if kit.words.approval(message.text) is not None:
        return None
    at = arrival.received_at or arrival.now
    with kit.database.reading() as uow:
        number = uow.inbox.number_within(address, _MINUTE, at=at)
    beyond = number - kit.limits.messages_a_minute
    if beyond <= 0:
        return None
    if beyond > 1:
        return Reply(message=None)
    return speak(kit, arrival, "guard.slow_down", {"seconds": str(round(_MINUTE.total_seconds()))})
