"""What was proposed through the API is asked in a chat: only there can the user approve it."""

from __future__ import annotations

from bot.app import App
from core.ids import UserId
from core.messaging.address import ChannelName
from core.messaging.outbound import Choice, MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from core.users.user import User
from prompts.compose import compose
from prompts.figures import Style
from prompts.fit import fit
from tools.outcome import NeedsApproval


def chat_for(app: App, user_id: UserId) -> str:
    """Return the chat to ask in: the linked one that was used last; nothing when there is none."""
    with app.database.reading() as uow:
        found = linked_chats(uow, user_id)
        talks = [talk for talk in found if talk.address.channel is not ChannelName.EMAIL]
    return talks[0].id if talks else ""


def linked_chats(uow: UnitOfWork, user_id: UserId) -> list[Conversation]:
    """Return the user's reachable chats, the one that was used last first.

    A terminal is no place to be asked in: nobody looks at it later.
    """
    bindings = [
        binding
        for binding in uow.bindings.of(user_id)
        if binding.state is BindingState.ACTIVE
        and binding.address.channel is not ChannelName.TERMINAL
    ]
    bindings.sort(key=lambda binding: binding.last_inbound_at or binding.linked_at, reverse=True)
    found = (uow.conversations.find(binding.address) for binding in bindings)
    return [talk for talk in found if talk is not None]


def present(app: App, user: User, conversation_id: str, asked: NeedsApproval) -> None:
    """Show an approval in the chat it is bound to, once however often it is called."""
    with app.database.work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            return
        outgoing = Outgoing(
            owner=user.id,
            conversation_id=talk.id,
            address=talk.address,
            message=_message(app, user, talk, asked),
            dedupe_key=f"approval:{user.id}:{asked.code}",
            due_at=app.clock.now(),
        )
        uow.outbox.enqueue(outgoing, now=app.clock.now(), ids=app.ids)
        uow.commit()
    app.jobs.wake.ring("deliver")


def _message(app: App, user: User, talk: Conversation, asked: NeedsApproval) -> OutboundMessage:
    wishes, profile = user.preferences, talk.profile.value
    book = app.phrasebook(wishes.language)
    style = Style(wishes.locale, wishes.zone, wishes.today(app.clock.now()), profile)
    text = compose(asked.answer, book, style)
    fitted = fit(text.glued, text.labels, profile, book, whole=True)
    choices = tuple(Choice(label.text, label.send) for label in fitted.buttons)
    return OutboundMessage(fitted.text, choices, (), MessageClass.APPROVAL)
