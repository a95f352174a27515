"""What is approved when a subscription is to be cancelled: the exact terms, nothing looser."""

from __future__ import annotations

from core.ledger.account import Account
from core.subscriptions.subscription import Subscription

ACTION = "cancel_subscription"


def cancellation_payload(subscription: Subscription, account: Account) -> dict[str, str | int]:
    """Return the terms of a cancellation: built for the proposal, and again before it is done.

    Any difference between the two (a new price, another account) voids the approval.
    """
    return {
        "subscription": subscription.id,
        "merchant": subscription.merchant_key,
        "name": subscription.name,
        "amount_minor": subscription.amount.minor,
        "currency": subscription.amount.currency,
        "cadence": subscription.cadence.value,
        "account_last4": account.last4,
    }
