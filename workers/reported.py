"""What a provider tells about an address, at once or in a report long after the send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.messaging.address import Address
from core.messaging.channel import Reason
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from workers.context import JobContext
from workers.moving import go_on

_GONE = frozenset({Reason.BAD_ADDRESS, Reason.BLOCKED, Reason.NOT_ON_CHANNEL})


def take_report(
    context: JobContext, uow: UnitOfWork, report: StatusUpdate, *, now: datetime
) -> DeliveryState | None:
    """Keep a report and draw its consequences; return the state of the delivery after it.

    Most failures come this way, after the provider had accepted the message: what it may still
    become (a template, a link, another chat's) is stored with it, once for each message.
    """
    state = uow.outbox.statuses.apply(report.channel, report, now=now)
    if state is None or report.status is not DeliveryState.FAILED or report.reason is None:
        return state
    outbox_id = uow.outbox.statuses.find(report.channel, report)
    item = uow.outbox.tracking.get(outbox_id) if outbox_id else None
    if item is not None:
        mark_address(uow, item.delivery.address, report.reason, now=now)
        if state is DeliveryState.FAILED:
            ended = replace(item.delivery, state=state, reason=report.reason)
            go_on(context, uow, item, ended, code=report.error_code or "")
    return state


def mark_address(uow: UnitOfWork, address: Address, reason: Reason, *, now: datetime) -> None:
    """Switch an address off where nobody is, and honour a stop that the carrier took."""
    if reason in _GONE:
        uow.bindings.set_state(address, BindingState.UNREACHABLE)
    elif reason is Reason.OPTED_OUT:
        uow.bindings.opt_out(address, now=now)
