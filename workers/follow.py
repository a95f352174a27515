"""Finds out what became of a cancellation, and tells: by the provider's word, or by the books."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from core.approvals.telling import facts_of
from core.connect.cancellation import CancellationProvider, CancellationUnavailable, ReceiptState
from core.facts import Answer
from core.failpoints import Point, reach
from core.messaging.outbound import MessageClass
from core.store.subscription_store import SubscriptionUnknown
from core.store.unit_of_work import UnitOfWork
from core.subscriptions.cancelling import ACTION
from core.subscriptions.followed import Followed, FollowedState, followed_facts, proved
from core.subscriptions.subscription import SUBSCRIPTION_MOVES, SubscriptionStatus, move
from workers.cancel import CancelSubscription
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

_log = logging.getLogger(__name__)
_ACTOR = "worker:follow"
_TOLD = {
    ReceiptState.CONFIRMED: FollowedState.ACCEPTED,
    ReceiptState.REFUSED: FollowedState.REFUSED,
}
# What the subscription is by then: nothing but the missing charge says that it has ended.
_STATUS = {
    FollowedState.ACCEPTED: SubscriptionStatus.CANCELLED,
    FollowedState.VERIFIED: SubscriptionStatus.ENDED,
    FollowedState.REFUSED: SubscriptionStatus.ACTIVE,
    FollowedState.CHARGED: SubscriptionStatus.ACTIVE,
}


def follow_cancellations(context: JobContext) -> int:
    """Look at what the provider and the books say of every cancellation that may still change."""
    with context.database.reading() as uow:
        waiting = uow.followed.open()
    return sum(_look(context, one) for one in waiting if not context.stopping())


def take_word(context: JobContext, approval_id: str, told: ReceiptState) -> bool:
    """Take what a provider tells by itself; false when it changes nothing."""
    with context.database.reading() as uow:
        followed = uow.followed.find(approval_id)
    state = _TOLD.get(told)
    if followed is None or state is None:
        return False
    return _settle(context, followed, state)


def _look(context: JobContext, followed: Followed) -> bool:
    state = _by_the_books(context, followed)
    if state is None and followed.state is FollowedState.SENT:
        state = _by_the_provider(context, followed)
    return state is not None and _settle(context, followed, state)


def _by_the_books(context: JobContext, followed: Followed) -> FollowedState | None:
    with context.database.reading() as uow:
        try:
            subscription = uow.subscriptions.get(followed.user_id, followed.subscription_id)
        except SubscriptionUnknown:
            return None
        newest = uow.followed.books_reach(subscription.account_id)
    return proved(followed, subscription, books_reach=newest)


def _by_the_provider(context: JobContext, followed: Followed) -> FollowedState | None:
    action = context.actions.get(ACTION)
    if not isinstance(action, CancelSubscription):
        return None
    provider: CancellationProvider = action.provider
    try:
        receipt = provider.lookup(followed.approval_id)
    except CancellationUnavailable:
        return None  # asked again next time
    reach(Point.FOLLOW_LOOKED)
    return _TOLD.get(receipt.state) if receipt is not None else None


def _settle(context: JobContext, followed: Followed, state: FollowedState) -> bool:
    """Record what was learned, what the subscription is by it, and the message: all or nothing."""
    now = context.clock.now()
    with context.database.work() as uow:
        uow.hold(followed.user_id)
        if not uow.followed.move(followed.approval_id, state, now=now):
            return False
        _mark(uow, followed, state, now)
        _tell(context, uow, followed, state)
        uow.audit.append(
            followed.user_id,
            actor=_ACTOR,
            action=f"cancellation.{state}",
            subject=followed.approval_id,
            now=now,
        )
        reach(Point.FOLLOW_UNWRITTEN)
        uow.commit()
    reach(Point.FOLLOW_WRITTEN)
    context.wake.ring("deliver_urgent")
    return True


def _mark(uow: UnitOfWork, followed: Followed, state: FollowedState, now: datetime) -> None:
    try:
        subscription = uow.subscriptions.get(followed.user_id, followed.subscription_id)
    except SubscriptionUnknown:
        return
    status = _STATUS[state]
    if status in SUBSCRIPTION_MOVES[subscription.status]:
        uow.subscriptions.save(move(subscription, status), now=now)


def _tell(context: JobContext, uow: UnitOfWork, followed: Followed, state: FollowedState) -> None:
    approval = uow.approvals.get(followed.approval_id)
    if approval is None:
        return
    known = uow.subscriptions.find(followed.user_id, followed.subscription_id)
    facts = (*facts_of(approval), *followed_facts(replace(followed, state=state), known))
    notice = Notice(
        user_id=followed.user_id,
        answer=Answer(f"cancellation.{state}", facts),
        message_class=MessageClass.APPROVAL,
        dedupe_key=f"cancellation:{followed.approval_id}:{state}",
        conversation_id=approval.conversation_id,
    )
    enqueue_notice(context, uow, notice)
