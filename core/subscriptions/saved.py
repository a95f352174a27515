"""What ending subscriptions has really saved: charges that were due and did not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.money import Money
from core.subscriptions.cadence import occurrence
from core.subscriptions.followed import GRACE, Followed, FollowedState
from core.subscriptions.subscription import Subscription

_MOST = 600  # charges of one subscription: more than ten years of weekly ones


@dataclass(frozen=True, slots=True)
class Saved:
    """One ended subscription: ``times`` charges of its last price were due and did not come."""

    subscription: Subscription
    since: date
    times: int

    @property
    def amount(self) -> Money:
        """What was not charged."""
        price = self.subscription.amount
        return Money(abs(price.minor) * self.times, price.currency)


def saved(
    followed: Followed, subscription: Subscription, *, first: date, books_reach: date
) -> Saved | None:
    """Return what one proved cancellation has saved since ``first``; nothing while it has not.

    A charge counts as not come only where the books reach some days past it, as for the proof.
    """
    if followed.state is not FollowedState.VERIFIED:
        return None
    times = 0
    for step in range(_MOST):
        due = occurrence(followed.due_on, subscription.cadence, step)
        if due + GRACE > books_reach:
            break
        times += due >= first
    return Saved(subscription, followed.due_on, times) if times else None
