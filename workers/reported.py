"""What a provider tells about an address, at once or in a report long after the send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.facts import Answer, named
from core.messaging.address import Address, ChannelName
from core.messaging.channel import Reason
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import MessageClass
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from core.users.mail import masked_address
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext
from workers.moving import go_on
from workers.templates import hold_back

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
        mark_address(context, uow, item.delivery.address, report.reason, now=now)
        if report.reason is Reason.TEMPLATE_HELD:
            hold_back(context, uow, item, report.error_code or "")
        if state is DeliveryState.FAILED:
            ended = replace(item.delivery, state=state, reason=report.reason)
            go_on(context, uow, item, ended, code=report.error_code or "")
    return state


def mark_address(
    context: JobContext, uow: UnitOfWork, address: Address, reason: Reason, *, now: datetime
) -> None:
    """Switch an address off where nobody is, and honour a stop that the carrier took.

    Of an e-mail address that took letters before, its user hears in a chat, once: nothing else
    would tell him that his reports go nowhere.
    """
    if reason in _GONE:
        binding = uow.bindings.owner_of(address)
        uow.bindings.set_state(address, BindingState.UNREACHABLE)
        took_letters = binding is not None and binding.state is BindingState.ACTIVE
        if binding is not None and took_letters and address.channel is ChannelName.EMAIL:
            notice = Notice(
                user_id=binding.user_id,
                answer=Answer(
                    "letter.came_back", (named("address", masked_address(address.path)),)
                ),
                message_class=MessageClass.ALERT,
                dedupe_key=f"mail_gone:{binding.id}",
            )
            enqueue_notice(context, uow, notice)
    elif reason is Reason.OPTED_OUT:
        uow.bindings.opt_out(address, now=now)
