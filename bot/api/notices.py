"""One phrase to one chat, through the outbox: what the web side tells users in their chats."""

from __future__ import annotations

from collections.abc import Mapping

from bot.app import App
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.users.user import User


def notify(
    app: App,
    uow: UnitOfWork,
    user: User,
    talk: Conversation,
    *,
    phrase: tuple[str, Mapping[str, str]],
    key: str,
) -> None:
    """Put a phrase (key and fields) into the outbox for a chat, once for each ``key``."""
    book = app.phrasebook(user.preferences.language)
    name, fields = phrase
    given = {field: value for field, value in fields.items() if value}
    text = book.render(name, given, talk.profile.value)
    outgoing = Outgoing(
        owner=user.id,
        conversation_id=talk.id,
        address=talk.address,
        message=OutboundMessage(text, message_class=MessageClass.SECURITY),
        dedupe_key=f"{name}:{key[:40]}:{talk.id}",
        due_at=app.clock.now(),
    )
    uow.outbox.enqueue(outgoing, now=app.clock.now(), ids=app.ids)
