"""What a message that did not arrive may still become: a template, a link, or another chat's.

Only what is said unasked moves on: an answer belongs to the chat that asked, and a question for
an approval counts only where it was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.ids import UserId
from core.messaging.channel import Reason
from core.messaging.delivery import Delivery, DeliveryState
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import OutboxItem, Outgoing, draw
from core.messaging.retry import outlasting
from core.store.conversation_store import Conversation
from core.store.unit_of_work import UnitOfWork
from core.store.vault import SYSTEM
from core.users.user import User, UserUnknown
from prompts.fit import Label, fit
from workers.chats import chats_for
from workers.context import JobContext
from workers.dressing import NO_TEMPLATE, announce

NOT_LINKED = "not_linked"
LINKED_ELSEWHERE = "linked_elsewhere"

_ENDED = frozenset({DeliveryState.FAILED, DeliveryState.SUPPRESSED})
# Nobody was reached here for a reason that says nothing about the user's other chats.
_MOVES_ON = frozenset(
    {
        *(Reason.BAD_ADDRESS, Reason.BLOCKED, Reason.NOT_ON_CHANNEL, Reason.ROUTE_CLOSED),
        *(Reason.UNREACHABLE, Reason.UNREGISTERED, Reason.FILTERED, Reason.OPTED_OUT),
        *(Reason.NOT_CONNECTED, Reason.QUEUE_FULL, Reason.RATE_LIMITED, Reason.MEDIA_REFUSED),
        *(Reason.OUTSIDE_WINDOW, Reason.TEMPLATE_HELD, Reason.REFUSED),
        *(NOT_LINKED, LINKED_ELSEWHERE),
    }
)


def go_on(
    context: JobContext, uow: UnitOfWork, item: OutboxItem, after: Delivery, *, code: str = ""
) -> Delivery:
    """Draw the consequence of a delivery that has ended without arriving; return how it ends.

    ``code`` is the provider's own, or ours. Whatever is sent instead is stored in the caller's
    transaction, under a key that makes it once.
    """
    now = context.clock.now()
    if after.state not in _ENDED or after.reason not in _MOVES_ON or _stays(item, now):
        return after
    if after.reason == Reason.OUTSIDE_WINDOW and code != NO_TEMPLATE and not item.message.closed:
        _again(context, uow, item, replace(item.message, closed=True))
    elif after.reason == Reason.MEDIA_REFUSED and _may_link(item):
        _again(context, uow, item, replace(item.message, as_links=True))
    elif not _moved(context, uow, item, now):
        if _announced(context, uow, item, after, code):
            # It comes with the answer, as what has waited for the window to open.
            reason = Reason.OUTSIDE_WINDOW
            return replace(after, state=DeliveryState.SUPPRESSED, reason=reason)
        return outlasting(after, now=now, draw=draw(item.id, item.epoch))
    return after


def _stays(item: OutboxItem, now: datetime) -> bool:
    """Tell whether a message has no business anywhere else, or is not worth it any more."""
    message = item.message
    is_question = message.message_class is MessageClass.APPROVAL and bool(message.choices)
    is_answer = message.message_class is MessageClass.REPLY
    too_late = now >= item.delivery.expires_at
    return item.owner == SYSTEM or is_answer or is_question or bool(message.announces) or too_late


def _announced(
    context: JobContext, uow: UnitOfWork, item: OutboxItem, after: Delivery, code: str
) -> bool:
    """Say that the message waits, if a closed window is all that is in its way."""
    if code != NO_TEMPLATE and after.reason != Reason.TEMPLATE_HELD:
        return False
    return announce(context, uow, item, now=context.clock.now()) is not None


def _may_link(item: OutboxItem) -> bool:
    """Tell whether the same channel may carry the files as links instead."""
    named = item.delivery.address.channel.value
    return named == "whatsapp" and bool(item.message.attachments) and not item.message.as_links


def _again(
    context: JobContext, uow: UnitOfWork, item: OutboxItem, message: OutboundMessage
) -> None:
    """Send it once more to the same address in another form."""
    now = context.clock.now()
    outgoing = Outgoing(
        owner=item.owner,
        conversation_id=item.conversation_id,
        address=item.delivery.address,
        message=replace(message, parts_sent=0),
        dedupe_key=f"again:{item.id}",
        due_at=now,
    )
    uow.outbox.enqueue(outgoing, now=now, ids=context.ids)


def _moved(context: JobContext, uow: UnitOfWork, item: OutboxItem, now: datetime) -> bool:
    """Send it to the best chat in which it was not tried yet; false when there is none."""
    try:
        user = uow.users.get(UserId(item.owner))
    except UserUnknown:
        return False
    if not user.preferences.fallback:
        return False
    tried = (*item.message.tried, item.delivery.address.channel.value)
    talk = _next_chat(uow, chats_for(uow, user, now=now), tried)
    if talk is None:
        return False
    outgoing = Outgoing(
        owner=item.owner,
        conversation_id=talk.id,
        address=talk.address,
        message=_refitted(context, user, talk, replace(item.message, tried=tried)),
        dedupe_key=f"moved:{item.id}",
        due_at=now,
    )
    uow.outbox.enqueue(outgoing, now=now, ids=context.ids)
    return True


def _next_chat(
    uow: UnitOfWork, talks: Sequence[Conversation], tried: Sequence[str]
) -> Conversation | None:
    """Return the first chat on a channel that was not tried; never one that said STOP."""
    fresh = (talk for talk in talks if talk.address.channel.value not in tried)
    return next((talk for talk in fresh if not uow.bindings.is_opted_out(talk.address)), None)


def _refitted(
    context: JobContext, user: User, talk: Conversation, message: OutboundMessage
) -> OutboundMessage:
    """Write the message as the other channel can carry it: what it says stays the same."""
    book = context.words(user.preferences.language)
    labels = [Label(choice.send, choice.label) for choice in message.choices]
    whole = message.message_class is MessageClass.APPROVAL
    fitted = fit(message.text, labels, talk.profile.value, book, whole=whole)
    kept = {label.send for label in fitted.buttons}
    return replace(
        message,
        text=fitted.text,
        choices=tuple(
            replace(choice, data="") for choice in message.choices if choice.send in kept
        ),
        parts_sent=0,
        closed=False,
        as_links=False,
    )
