"""Which of a user's chats to write to unasked: the one he wants, then the one used lately."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.messaging.address import ChannelName
from core.store.binding_store import Binding
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from core.users.user import User

# WhatsApp lets us write freely for a day after the user's last message; a little less is safe.
WINDOW = timedelta(hours=23, minutes=55)
# Chats whose address is proved by a binding; the web and the terminal prove it by signing in.
BOUND = frozenset({ChannelName.TELEGRAM, ChannelName.SMS, ChannelName.WHATSAPP, ChannelName.EMAIL})


def chats_for(uow: UnitOfWork, user: User, *, now: datetime) -> tuple[Conversation, ...]:
    """Return the chats that may be written to, the best one first."""
    talks = uow.conversations.of(user.id)
    by_address = {talk.address: talk for talk in talks}
    linked = sorted(uow.bindings.of(user.id), key=lambda one: _rank(one, user, now), reverse=True)
    found = [
        by_address[one.address]
        for one in linked
        if one.state is BindingState.ACTIVE and one.address in by_address
    ]
    # A browser or terminal that no binding names is still a place where the user reads, and a
    # better one than a letter.
    others = [talk for talk in talks if talk.address.channel not in BOUND and talk not in found]
    letters = [talk for talk in found if talk.address.channel is ChannelName.EMAIL]
    if user.preferences.channel == ChannelName.EMAIL.value:
        return (*found, *others)
    return (*(talk for talk in found if talk not in letters), *others, *letters)


def may_write_freely(binding: Binding, now: datetime) -> bool:
    """Tell whether words of our own may go to a linked chat: on WhatsApp for a day at a time."""
    if binding.address.channel is not ChannelName.WHATSAPP:
        return True
    return now - (binding.last_inbound_at or binding.linked_at) < WINDOW


def _rank(binding: Binding, user: User, now: datetime) -> tuple[bool, bool, bool, datetime]:
    """Prefer what the user asked for, then chats we may write to freely, then the last used.

    A letter comes last: he cannot answer it.
    """
    wanted = binding.address.channel.value == user.preferences.channel
    is_chat = binding.address.channel is not ChannelName.EMAIL
    last = binding.last_inbound_at or binding.linked_at
    return wanted, is_chat, may_write_freely(binding, now), last
