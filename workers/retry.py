"""Deliveries in doubt: claims whose worker vanished, and sends whose answer was lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from core.messaging.channel import Found, LooksUpSent, SendError
from core.messaging.delivery import Delivery, DeliveryState
from core.messaging.outbox import OutboxItem
from core.messaging.retry import after_receipt, after_silence
from workers.compose import repeated
from workers.context import JobContext

_log = logging.getLogger(__name__)
_BATCH = 20
_LEASE = timedelta(minutes=2)
# How soon an open outcome is looked at again, and when nobody needs to look any more.
_LOOK_AGAIN = timedelta(minutes=10)
_NEVER_MIND = timedelta(days=3650)


def release_overdue(context: JobContext) -> int:
    """Turn claims whose lease ended into unknown outcomes: never back to ready."""
    with context.database.work() as uow:
        ended = uow.outbox.expire_sending(now=context.clock.now())
        uow.commit()
    if ended:
        _log.warning("sends_in_doubt", extra={"count": ended})
    return ended


def reconcile(context: JobContext) -> int:
    """Find out what became of sends in doubt; only what may repeat goes back in line."""
    with context.database.work() as uow:
        items = uow.outbox.claim_unknown(now=context.clock.now(), limit=_BATCH, lease=_LEASE)
        uow.commit()
    for item in items:
        after = _looked_up(context, item)
        with context.database.work() as uow:
            uow.outbox.reconcile(item, after, now=context.clock.now())
            uow.commit()
    return len(items)


def _looked_up(context: JobContext, item: OutboxItem) -> Delivery:
    """Ask the provider with nothing open; silence counts only when it was asked or cannot be."""
    channel: object = context.channels.get(item.delivery.address.channel)
    now = context.clock.now()
    found = None
    if isinstance(channel, LooksUpSent):
        try:
            found = _found(context, item, channel)
        except SendError:
            return replace(item.delivery, due_at=now + _LOOK_AGAIN)
        if found is not None and found.is_whole:
            return after_receipt(item.delivery, found.receipt)
    after = after_silence(item.delivery, now=now)
    if found is not None and after.state is DeliveryState.READY:
        # The next try goes on behind the parts that did arrive.
        ids = after.provider_message_ids + found.receipt.provider_message_ids
        return replace(after, provider_message_ids=ids)
    if after.state is not DeliveryState.UNKNOWN:
        return after
    wait = _LOOK_AGAIN if now < item.delivery.expires_at else _NEVER_MIND
    return replace(after, due_at=now + wait)


def _found(context: JobContext, item: OutboxItem, channel: LooksUpSent) -> Found | None:
    """Look for the message as it was written, and as it is written when it is sent again."""

    def is_taken(provider_message_id: str) -> bool:
        if provider_message_id in item.delivery.provider_message_ids:
            return True
        with context.database.reading() as uow:
            name = item.delivery.address.channel
            whose = uow.outbox.statuses.message_of(name, provider_message_id)
        return whose not in (None, item.id)

    address, best = item.delivery.address, None
    for message in (item.message, repeated(context, item)):
        found = channel.look_up(message, address, is_taken=is_taken)
        if found is not None and found.is_whole:
            return found
        best = best or found
    return best
