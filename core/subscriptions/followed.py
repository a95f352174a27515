"""What became of a cancellation that was sent: told by the provider, proved by the books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.facts import Fact, day, money
from core.ids import UserId
from core.subscriptions.subscription import Subscription

# A charge may be late by so much; until then its missing proves nothing.
GRACE = timedelta(days=5)
# A charge may come a little before its day, when that is no banking day.
EARLY = timedelta(days=3)
# How often the provider and the books are looked at.
LOOKED_AT_EVERY = timedelta(minutes=5)


class FollowedState(StrEnum):
    """How far a cancellation has come, as far as anybody knows."""

    SENT = "sent"  # the provider has the request
    ACCEPTED = "accepted"  # the provider says it is cancelled
    VERIFIED = "verified"  # the charge that was due did not come
    REFUSED = "refused"
    CHARGED = "charged"  # it was charged again after the end


FOLLOWED_MOVES: Mapping[FollowedState, frozenset[FollowedState]] = {
    FollowedState.SENT: frozenset(
        {
            FollowedState.ACCEPTED,
            FollowedState.VERIFIED,
            FollowedState.REFUSED,
            FollowedState.CHARGED,
        }
    ),
    FollowedState.ACCEPTED: frozenset({FollowedState.VERIFIED, FollowedState.CHARGED}),
    FollowedState.VERIFIED: frozenset({FollowedState.CHARGED}),
    FollowedState.REFUSED: frozenset(),
    FollowedState.CHARGED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Followed:
    """One cancellation that was sent. ``approval_id`` is the key the provider knows it by.

    ``ends_on`` is the last day of service, ``due_on`` the day of the charge that must not come.
    """

    approval_id: str
    user_id: UserId
    subscription_id: int
    state: FollowedState
    ends_on: date
    due_on: date
    sent_at: datetime


def sources(new: FollowedState) -> tuple[FollowedState, ...]:
    """Return every state from which ``new`` may be reached, for a conditional update."""
    return tuple(old for old, moves in FOLLOWED_MOVES.items() if new in moves)


def followed_facts(followed: Followed, subscription: Subscription | None) -> tuple[Fact, ...]:
    """Return the day of the charge that must not come, and the one on which that is certain.

    Of one that was charged again, also when and how much.
    """
    facts: tuple[Fact, ...] = (
        day("due", followed.due_on),
        day("check", followed.due_on + GRACE),
    )
    if followed.state is FollowedState.CHARGED and subscription is not None:
        charged = money("charged", subscription.amount)
        facts += (charged, day("charged_on", subscription.last_date))
    return facts


def proved(
    followed: Followed, subscription: Subscription, *, books_reach: date | None
) -> FollowedState | None:
    """Return what the books prove: charged again, or not charged when it was due.

    A missing charge counts only where the books reach beyond the day it was due, with some days
    of grace: rows that were not imported yet prove nothing. A charge some days early is that
    charge, too.
    """
    if subscription.last_date >= followed.due_on - EARLY:
        return FollowedState.CHARGED
    if books_reach is not None and books_reach >= followed.due_on + GRACE:
        return FollowedState.VERIFIED
    return None
