"""Sends what is due: claimed and committed first, sent with nothing open, recorded after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

from core.failpoints import Point, reach
from core.messaging.channel import (
    Ambiguous,
    Channel,
    Misconfigured,
    Reason,
    SendError,
)
from core.messaging.delivery import Delivery, DeliveryState
from core.messaging.outbound import MessageClass, OutboundMessage, with_button_ids
from core.messaging.outbox import Lane, OutboxItem, draw, lane_classes
from core.messaging.retry import after_error, after_receipt
from core.store.unit_of_work import UnitOfWork
from core.store.vault import SYSTEM
from core.tracing import Attribute, Span, span
from core.users.linking import BindingState
from workers.chats import BOUND
from workers.compose import repeated
from workers.context import JobContext
from workers.dressing import dressed, is_closed
from workers.moving import LINKED_ELSEWHERE, NOT_LINKED, go_on
from workers.reported import mark_address
from workers.templates import hold_back

_log = logging.getLogger(__name__)

# What a user has just asked for is sent even if the chat was unlinked or silent meanwhile.
_ASKED_FOR = frozenset({MessageClass.REPLY, MessageClass.SECURITY})
_UNASKED = frozenset(lane_classes(Lane.BULK))
# Runs a function for every item, one after the other or side by side, as `map` does.
Each = Callable[[Callable[[OutboxItem], None], Iterable[OutboxItem]], Iterable[None]]
# The user wrote before he could be told that something waits.
HEARD_MEANWHILE = "heard_meanwhile"


def deliver_urgent(context: JobContext) -> int:
    """Send answers, approvals and security codes, one claim at a time."""
    return _deliver(context, Lane.URGENT, 1, map)


def deliver_bulk(context: JobContext) -> int:
    """Send alerts, summaries and reports, several at a time: most of a sending is waiting."""
    if context.limits.bulk_senders == 1:
        return _deliver(context, Lane.BULK, context.limits.bulk_batch, map)
    with ThreadPoolExecutor(context.limits.bulk_senders, "bulk-send") as pool:
        return _deliver(context, Lane.BULK, context.limits.bulk_batch, pool.map)


def _deliver(context: JobContext, lane: Lane, batch: int, each: Each) -> int:
    done = 0
    while done < context.limits.round_items and not context.stopping():
        claimed = _claim(context, lane, batch)
        if not claimed:
            break
        done += len(list(each(partial(_deliver_one, context), claimed)))
    return done


def _claim(context: JobContext, lane: Lane, batch: int) -> tuple[OutboxItem, ...]:
    with context.database.work() as uow:
        items = uow.outbox.claim_due(
            lane, now=context.clock.now(), limit=batch, lease=context.limits.send_lease
        )
        uow.commit()
    if items:
        reach(Point.T6_SENDING)
    return items


def _deliver_one(context: JobContext, item: OutboxItem) -> None:
    """Bring one claimed message on its way, below the turn that wrote it in a trace."""
    words = {
        Attribute.CHANNEL: item.delivery.address.channel.value,
        Attribute.CLASS: item.message.message_class.value,
    }
    with span(Span.DELIVERY, words, parent=item.trace) as going:
        after = _tried(context, item)
        going.say(Attribute.OUTCOME, after.state.value)
        going.say(Attribute.REASON, after.reason)


def _tried(context: JobContext, item: OutboxItem) -> Delivery:
    """Send one claimed message, unless something speaks against it at the last moment.

    Whether the claim still holds is looked at last, with nothing between that and the send: who
    slept meanwhile would else send what another worker has taken over. Nor is anything begun once
    this process is to end: of a batch, what has not left yet is given back.
    """
    message, refused = _worded(context, item)
    suppressed = _why_not(context, item)
    if suppressed is not None:
        return _record(context, item, suppressed, None)
    if refused is not None:
        return _record(context, item, _after(context, item, refused), refused)
    _wait_for_room(context, item)
    now = context.clock.now()
    if context.stopping() or _is_nearly_over(context, item, now):
        _give_back(context, item, now)
        return item.delivery
    after, error = _send(context, item, message)
    reach(Point.T7_SENT)
    after = _record(context, item, after, error)
    reach(Point.T7_RECORDED)
    return after


def _wait_for_room(context: JobContext, item: OutboxItem) -> None:
    """Keep what nobody asked for below its provider's pace; answers go out at once."""
    if item.message.message_class not in _UNASKED:
        return
    channel = item.delivery.address.channel
    while not context.stopping() and not _is_nearly_over(context, item, context.clock.now()):
        seconds = context.pace(channel)
        if not seconds:
            return
        context.rest(seconds)


def _is_nearly_over(context: JobContext, item: OutboxItem, now: datetime) -> bool:
    """Tell whether a claim ends too soon for a send that begins now."""
    return item.lease_until is not None and now >= item.lease_until - context.limits.send_margin


def _worded(context: JobContext, item: OutboxItem) -> tuple[OutboundMessage, SendError | None]:
    """Return the message as it would go out now, and why its channel takes it in no form."""
    message = with_button_ids(repeated(context, item) if item.repeat else item.message, item.id)
    try:
        return dressed(context, item, message), None
    except SendError as refused:
        return message, refused


def _why_not(context: JobContext, item: OutboxItem) -> Delivery | None:
    """Return the delivery as it ends unsent, or nothing when it may go out."""
    if context.clock.now() >= item.delivery.expires_at:
        return replace(item.delivery, state=DeliveryState.FAILED, reason=Reason.EXPIRED)
    with context.database.reading() as uow:
        reason = _objection(uow, item)
        if reason is None and item.message.announces:
            now = context.clock.now()
            reason = None if is_closed(uow, item, now) else HEARD_MEANWHILE
    if reason is None:
        return None
    return replace(item.delivery, state=DeliveryState.SUPPRESSED, reason=reason)


def _objection(uow: UnitOfWork, item: OutboxItem) -> str | None:
    """Tell why nothing may go to this address now: looked up at the last moment."""
    address = item.delivery.address
    if uow.bindings.is_opted_out(address) and not item.message.last_word:
        return Reason.OPTED_OUT
    if item.owner == SYSTEM or address.channel not in BOUND:
        return None
    binding = uow.bindings.owner_of(address)
    if binding is not None and binding.user_id != item.owner:
        return LINKED_ELSEWHERE  # the number has a new owner, who must not read this
    if item.message.message_class in _ASKED_FOR:
        return None
    if binding is None:
        return NOT_LINKED
    return None if binding.state is BindingState.ACTIVE else binding.state.value


def _send(
    context: JobContext, item: OutboxItem, message: OutboundMessage
) -> tuple[Delivery, SendError | None]:
    """Send with no transaction open; whatever happens becomes the next state of the delivery."""
    try:
        channel = _channel(context, item)
        with span(Span.SEND):
            receipt = channel.send(message, item.delivery.address, key=item.id)
    except SendError as error:
        return _after(context, item, error), error
    except Exception:  # an adapter broke, and nobody knows whether before or after sending
        _log.exception("send_broke", extra={"outbox_id": item.id})
        broken = Ambiguous(Reason.MALFORMED_ANSWER)
        return _after(context, item, broken), broken
    return after_receipt(item.delivery, receipt), None


def _channel(context: JobContext, item: OutboxItem) -> Channel:
    channel = context.channels.get(item.delivery.address.channel)
    if channel is None:
        raise Misconfigured(Reason.SENDER)
    return channel


def _after(context: JobContext, item: OutboxItem, error: SendError) -> Delivery:
    if error.operator:
        _log.warning("send_needs_operator", extra={"outbox_id": item.id, "reason": error.reason})
    jitter = draw(item.id, item.epoch)
    return after_error(item.delivery, error, now=context.clock.now(), draw=jitter)


def _record(
    context: JobContext, item: OutboxItem, after: Delivery, error: SendError | None
) -> Delivery:
    now = context.clock.now()
    # What a power cut takes back of a bulk send is `sending` again, never `ready`: the claim was
    # kept. It is looked up then, and most of a sending's time is waiting for the disk.
    relaxed = item.message.message_class in _UNASKED
    with context.database.work(relaxed=relaxed) as uow:
        if error is not None:
            mark_address(context, uow, item.delivery.address, error.reason, now=now)
            if error.reason is Reason.TEMPLATE_HELD:
                hold_back(context, uow, item, error.code)
        if uow.outbox.is_held(item):
            after = go_on(context, uow, item, after, code=error.code if error is not None else "")
        uow.outbox.record(item, after, now=now)
        uow.commit()
    return after


def _give_back(context: JobContext, item: OutboxItem, now: datetime) -> None:
    with context.database.work() as uow:
        uow.outbox.release(item, now=now)
        uow.commit()
