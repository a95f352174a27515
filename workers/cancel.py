"""The one thing done outside so far: asking a provider to cancel a subscription."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from core.approvals.approval import Approval, ApprovalState, Proposal
from core.approvals.payload import Payload
from core.approvals.telling import facts_of, named_price, recorded_state
from core.connect.cancellation import (
    CancellationProvider,
    CancellationReceipt,
    CancellationRequest,
    CancellationTimeout,
    CancellationUnavailable,
    ReceiptNote,
    ReceiptState,
)
from core.facts import Answer, Fact, money
from core.facts_json import answer_to_json
from core.ids import UserId
from core.ledger.account import Account
from core.money import Money
from core.store.account_store import AccountUnknown
from core.store.subscription_store import SubscriptionUnknown
from core.store.unit_of_work import UnitOfWork
from core.subscriptions.cancelling import ACTION, cancellation_payload
from core.subscriptions.followed import Followed, FollowedState
from core.subscriptions.subscription import (
    SUBSCRIPTION_MOVES,
    Subscription,
    SubscriptionStatus,
    move,
)
from core.subscriptions.telling import proposed_cancellation
from workers.actions import Performed, Ready, Stale

PRICE_CHANGED = "price_changed"
TERMS_CHANGED = "terms_changed"
NOT_RUNNING = "not_running"
NOT_THERE = "not_there"
UNAVAILABLE = "unavailable"
NO_ANSWER = "no_answer"

_SHAPES = {
    "requested": "approval.requested",
    "executed": "approval.executed",
    "failed": "approval.failed",
    "unknown": "approval.unknown_outcome",
    "superseded": "approval.changed",
}


@dataclass(frozen=True, slots=True)
class CancelSubscription:
    """Asks ``provider`` to cancel, under the approval's own key; implements `Action`."""

    provider: CancellationProvider

    @property
    def name(self) -> str:
        """What proposals call it."""
        return ACTION

    @property
    def is_idempotent(self) -> bool:
        """The port promises one request for each key."""
        return True

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """Build the request from the books as they are now; what has changed stops it."""
        found = _terms(uow, approval)
        if isinstance(found, Stale):
            return found
        subscription, account = found
        if not subscription.live or subscription.status is SubscriptionStatus.CANCEL_REQUESTED:
            return Stale(NOT_RUNNING)
        present = cancellation_payload(subscription, account)
        if present != dict(approval.payload):
            return _changed(approval.payload, subscription.amount)
        today = uow.users.get(approval.user_id).preferences.today(now)
        request = _request(approval, subscription, account, today)
        return Ready(request, _payload_of(request, present))

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Submit the request; the provider keeps one request for each key."""
        request: CancellationRequest = ready.request
        assert request.key == key
        try:
            return self._read(self.provider.submit(request))
        except CancellationUnavailable:
            return Performed(ApprovalState.EXECUTING, UNAVAILABLE)
        except CancellationTimeout:
            return Performed(ApprovalState.UNKNOWN, NO_ANSWER)

    def look_up(self, approval: Approval) -> Performed | None:
        """Ask what became of the approval's key."""
        receipt = self.provider.lookup(approval.id)
        return self._read(receipt) if receipt is not None else None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Mark the subscription as asked to be cancelled; no state here says that it is."""
        if performed.state is not ApprovalState.EXECUTED:
            return
        found = _terms(uow, approval)
        if isinstance(found, Stale):
            return
        subscription, _ = found
        ends = performed.receipt.get("effective_on") or now.date().isoformat()
        uow.followed.follow(
            Followed(
                approval.id,
                UserId(approval.user_id),
                subscription.id,
                FollowedState.SENT,
                date.fromisoformat(ends),
                max(subscription.next_date, date.fromisoformat(ends)),
                now,
            )
        )
        if SubscriptionStatus.CANCEL_REQUESTED in SUBSCRIPTION_MOVES[subscription.status]:
            asked = move(subscription, SubscriptionStatus.CANCEL_REQUESTED)
            uow.subscriptions.save(asked, now=now)

    def renewed(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Proposal | None:
        """Propose it at the price of today, the one the provider named included."""
        found = _terms(uow, approval)
        if isinstance(found, Stale):
            return None
        subscription, account = found
        if not subscription.live or subscription.status is SubscriptionStatus.CANCEL_REQUESTED:
            return None
        price = named_price(approval)
        if price is not None and price != subscription.amount:
            # The ledger learns of it with the next charge only.
            before = subscription.amount
            subscription = replace(subscription, amount=price, previous_amount=before)
            uow.subscriptions.save(subscription, now=now)
        today = uow.users.get(approval.user_id).preferences.today(now)
        return Proposal(
            user_id=approval.user_id,
            conversation_id=approval.conversation_id,
            action=ACTION,
            tier=approval.tier,
            payload=cancellation_payload(subscription, account),
            shown=answer_to_json(proposed_cancellation(subscription, today=today)),
        )

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Word the recorded state: a request that was taken is a request, not a cancellation."""
        told = (*facts_of(approval), *(facts or _price_facts(approval)))
        shape = _SHAPES[recorded_state(approval)]
        options = ("approval.demo",) if self.provider.demo else ()
        subject = f"subscription:{approval.payload['subscription']}"
        return Answer(shape, told, options=options, subjects=(subject,))

    def _read(self, receipt: CancellationReceipt) -> Performed:
        """Put the provider's answer into a state of ours."""
        kept = {
            "provider": self.provider.name,
            "state": receipt.state.value,
            "note": receipt.note.value,
            "effective_on": receipt.effective_on.isoformat() if receipt.effective_on else "",
            "amount_now": _written(receipt.amount_now),
            "demo": "yes" if receipt.demo else "",
        }
        state = _state(receipt)
        reason = receipt.note.value if state is not ApprovalState.EXECUTED else ""
        return Performed(state, reason, receipt.reference, kept)


def _state(receipt: CancellationReceipt) -> ApprovalState:
    match receipt.state:
        case ReceiptState.REQUESTED | ReceiptState.CONFIRMED:
            return ApprovalState.EXECUTED
        case ReceiptState.UNKNOWN:
            return ApprovalState.UNKNOWN
        case ReceiptState.REFUSED if receipt.note is ReceiptNote.PRICE_CHANGED:
            return ApprovalState.SUPERSEDED
        case ReceiptState.REFUSED:
            return ApprovalState.FAILED


def _terms(uow: UnitOfWork, approval: Approval) -> tuple[Subscription, Account] | Stale:
    """Return the subscription and the account it is charged to, as they are now."""
    number = approval.payload["subscription"]
    assert isinstance(number, int)
    try:
        subscription = uow.subscriptions.get(UserId(approval.user_id), number)
        account = uow.accounts.get(UserId(approval.user_id), subscription.account_id)
    except (SubscriptionUnknown, AccountUnknown):
        return Stale(NOT_THERE)
    return subscription, account


def _changed(approved: Payload, amount: Money) -> Stale:
    """Tell what was approved and what is; only a price has two figures to show."""
    before = _approved_amount(approved)
    if before == amount:
        return Stale(TERMS_CHANGED)
    return Stale(PRICE_CHANGED, (money("before", before), money("after", amount)))


def _approved_amount(approved: Payload) -> Money:
    minor, currency = approved["amount_minor"], approved["currency"]
    assert isinstance(minor, int)
    assert isinstance(currency, str)
    return Money(minor, currency)


def _request(
    approval: Approval, subscription: Subscription, account: Account, today: date
) -> CancellationRequest:
    return CancellationRequest(
        key=approval.id,
        merchant_key=subscription.merchant_key,
        subscription_name=subscription.name,
        amount=subscription.amount,
        account_last4=account.last4,
        requested_on=today,
        paid_until=subscription.next_date if subscription.next_date > today else None,
    )


def _payload_of(request: CancellationRequest, present: Payload) -> dict[str, Any]:
    """Read the terms off the very request that is about to be sent, to be hashed again."""
    return {
        **present,
        "merchant": request.merchant_key,
        "name": request.subscription_name,
        "amount_minor": request.amount.minor,
        "currency": request.amount.currency,
        "account_last4": request.account_last4,
    }


def _price_facts(approval: Approval) -> tuple[Fact, ...]:
    """Return the two prices when the provider named another one than was approved."""
    after = named_price(approval)
    if after is None:
        return ()
    return (money("before", _approved_amount(approval.payload)), money("after", after))


def _written(amount: Money | None) -> str:
    return f"{amount.minor} {amount.currency}" if amount is not None else ""
