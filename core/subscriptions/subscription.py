"""A subscription: a charge that comes back, and what the user wants done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money
from core.subscriptions.cadence import Cadence


class SubscriptionMoveRefused(FinanceError):
    """The subscription cannot go from the status it has to the one asked for."""

    code = "subscription.move_refused"


class SubscriptionStatus(StrEnum):
    """What we know about a subscription.

    ``detected``: found in the ledger. ``active``: the user knows it. ``cancel_requested``: a
    provider has the request. ``cancelled``: the provider confirmed, or the paid time is over.
    ``ended``: the charge that was due did not come, which is the only proof.
    """

    DETECTED = "detected"
    ACTIVE = "active"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELLED = "cancelled"
    ENDED = "ended"


SUBSCRIPTION_MOVES: Mapping[SubscriptionStatus, frozenset[SubscriptionStatus]] = {
    SubscriptionStatus.DETECTED: frozenset(
        {
            SubscriptionStatus.ACTIVE,
            SubscriptionStatus.CANCEL_REQUESTED,
            SubscriptionStatus.ENDED,
        }
    ),
    SubscriptionStatus.ACTIVE: frozenset(
        {SubscriptionStatus.CANCEL_REQUESTED, SubscriptionStatus.ENDED}
    ),
    # Refused by the provider or withdrawn: active again.
    SubscriptionStatus.CANCEL_REQUESTED: frozenset(
        {SubscriptionStatus.CANCELLED, SubscriptionStatus.ACTIVE, SubscriptionStatus.ENDED}
    ),
    # Charged although cancelled: active again, and worth an alert.
    SubscriptionStatus.CANCELLED: frozenset({SubscriptionStatus.ENDED, SubscriptionStatus.ACTIVE}),
    SubscriptionStatus.ENDED: frozenset({SubscriptionStatus.ACTIVE}),
}
LIVE = frozenset(
    {
        SubscriptionStatus.DETECTED,
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.CANCEL_REQUESTED,
    }
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of one user; ``id`` 0 means that it is not stored yet.

    ``amount`` is the last charge. ``previous_amount`` is what it was before the last change of
    price. A trial has been charged next to nothing so far: its real price is not known, and
    ``trial_ends`` is the day on which it will be charged. ``lead_days`` is when to remind of it,
    where the user has said so.
    """

    id: int
    user_id: UserId
    merchant_key: str
    name: str
    account_id: AccountId
    amount: Money
    cadence: Cadence
    status: SubscriptionStatus
    first_date: date
    last_date: date
    next_date: date
    previous_amount: Money | None = None
    price_changed_on: date | None = None
    trial: bool = False
    trial_ends: date | None = None
    lead_days: tuple[int, ...] | None = None

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"subscription:{self.id}"

    @property
    def live(self) -> bool:
        """Whether the next charge is still to be expected."""
        return self.status in LIVE


def move(subscription: Subscription, to: SubscriptionStatus) -> Subscription:
    """Return it with status ``to``; raise `SubscriptionMoveRefused` when it cannot go there."""
    if to not in SUBSCRIPTION_MOVES[subscription.status]:
        raise SubscriptionMoveRefused(status=subscription.status, to=to)
    return replace(subscription, status=to)
