"""Deliveries in doubt: claims whose worker vanished, and sends whose answer was lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from core.messaging.channel import LooksUpSent, Receipt, SendError
from core.messaging.delivery import Delivery, DeliveryState
from core.messaging.outbox import OutboxItem
from core.messaging.retry import after_receipt, after_silence
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
    if isinstance(channel, LooksUpSent):
        try:
            receipt: Receipt | None = channel.look_up(item.message, item.delivery.address)
        except SendError:
            return replace(item.delivery, due_at=now + _LOOK_AGAIN)
        if receipt is not None:
            return after_receipt(item.delivery, receipt)
    after = after_silence(item.delivery, now=now)
    if after.state is not DeliveryState.UNKNOWN:
        return after
    wait = _LOOK_AGAIN if now < item.delivery.expires_at else _NEVER_MIND
    return replace(after, due_at=now + wait)
