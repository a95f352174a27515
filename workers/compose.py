"""Writes what the bot says by itself: facts through the phrasebook, to the chat in use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.facts import Answer
from core.ids import UserId
from core.messaging.address import ChannelName
from core.messaging.outbound import (
    Attachment,
    AttachmentKind,
    Choice,
    MessageClass,
    OutboundMessage,
)
from core.messaging.outbox import OutboxItem, Outgoing
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.store.vault import SYSTEM
from core.users.user import User
from prompts.compose import Text, compose
from prompts.draft import fill_draft
from prompts.figures import SMS, Style
from prompts.fit import fit
from prompts.phrasebook import Phrasebook
from workers.chats import chats_for
from workers.context import Drafted, JobContext


@dataclass(frozen=True, slots=True)
class Worded:
    """A model's words for the first sentences, and what is said ``beside`` them in phrases.

    A text message has no room for such words.
    """

    words: Drafted
    beside: Answer


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell a user.

    Where it is ``worded``, that is said on channels with room for it. Without ``conversation_id``
    it goes to the chat he uses most lately; without ``due_at`` at once. ``dedupe_key`` makes
    telling it twice impossible.
    """

    user_id: UserId
    answer: Answer
    message_class: MessageClass
    dedupe_key: str
    conversation_id: str | None = None
    due_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    worded: Worded | None = None


class Told(StrEnum):
    """Whether a notice was stored."""

    NOW = "told"
    BEFORE = "told_before"
    NOWHERE = "nowhere_to_send"  # the user has no chat that may be written to


def enqueue_notice(context: JobContext, uow: UnitOfWork, notice: Notice) -> Told:
    """Store a notice in the caller's transaction."""
    now = context.clock.now()
    user = uow.users.get(notice.user_id)
    conversation = _conversation(uow, user, notice, now)
    if conversation is None:
        return Told.NOWHERE
    message = write(context, user, conversation, notice, now)
    outgoing = Outgoing(
        owner=notice.user_id,
        conversation_id=conversation.id,
        address=conversation.address,
        message=message,
        dedupe_key=notice.dedupe_key,
        due_at=notice.due_at or now,
    )
    outbox_id = uow.outbox.enqueue(outgoing, now=now, ids=context.ids)
    if any(file.kind is AttachmentKind.PDF for file in notice.attachments):
        _copy_by_letter(context, uow, user, outgoing)
    return Told.NOW if outbox_id is not None else Told.BEFORE


def _copy_by_letter(context: JobContext, uow: UnitOfWork, user: User, outgoing: Outgoing) -> None:
    """Send a report to the user's e-mail address as well, if there is one that takes letters.

    It is a copy: what becomes of it moves nowhere else.
    """
    now = context.clock.now()
    for talk in chats_for(uow, user, now=now):
        if talk.address.channel is ChannelName.EMAIL and talk.address != outgoing.address:
            tried = tuple(channel.value for channel in ChannelName)
            copy = replace(
                outgoing,
                conversation_id=talk.id,
                address=talk.address,
                message=replace(outgoing.message, choices=(), tried=tried),
                dedupe_key=f"{outgoing.dedupe_key}:mail",
            )
            uow.outbox.enqueue(copy, now=now, ids=context.ids)


def write(
    context: JobContext, user: User, conversation: Conversation, notice: Notice, now: datetime
) -> OutboundMessage:
    """Return the notice in the user's language, as his channel can carry it."""
    book = context.words(user.preferences.language)
    style = style_of(user, conversation.profile.value, now)
    text = _composed(notice, book, style)
    fitted = fit(
        text.glued,
        text.labels,
        style.profile,
        book,
        first_number=text.last_number + 1,
        whole=notice.message_class is MessageClass.APPROVAL,
    )
    return OutboundMessage(
        text=fitted.text,
        choices=tuple(Choice(label.text, label.send) for label in fitted.buttons),
        attachments=notice.attachments,
        message_class=notice.message_class,
    )


def _composed(notice: Notice, book: Phrasebook, style: Style) -> Text:
    worded = notice.worded
    if worded is None or style.profile == SMS:
        return compose(notice.answer, book, style)
    head = fill_draft(worded.words.text, worded.words.facts, book, style)
    return compose(worded.beside, book, style, head=head)


def repeated(context: JobContext, item: OutboxItem) -> OutboundMessage:
    """Return a stored message as it is sent again: it says that the first one may have arrived."""
    with context.database.reading() as uow:
        user = uow.users.get(UserId(item.owner)) if item.owner != SYSTEM else None
    book = context.words(user.preferences.language if user else "en")
    note = book.render("delivery.repeat", {}, item.delivery.address.channel.value)
    return replace(item.message, text=f"{note}\n{item.message.text}")


def style_of(user: User, profile: str, now: datetime) -> Style:
    """Return how figures are written for this reader."""
    wishes = user.preferences
    return Style(wishes.locale, wishes.zone, wishes.today(now), profile)


def _conversation(
    uow: UnitOfWork, user: User, notice: Notice, now: datetime
) -> Conversation | None:
    if notice.conversation_id is not None:
        return uow.conversations.get(notice.conversation_id)
    return next(iter(chats_for(uow, user, now=now)), None)
