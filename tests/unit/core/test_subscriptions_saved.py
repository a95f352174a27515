from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.ids import AccountId, UserId
from core.money import Money
from core.subscriptions.cadence import Cadence
from core.subscriptions.followed import Followed, FollowedState
from core.subscriptions.saved import saved
from core.subscriptions.subscription import Subscription, SubscriptionStatus

FILMS = Subscription(
    id=1,
    user_id=UserId("u"),
    merchant_key="films",
    name="Films",
    account_id=AccountId(1),
    amount=Money(1_799, "USD"),
    cadence=Cadence.MONTHLY,
    status=SubscriptionStatus.CANCELLED,
    first_date=date(2025, 1, 8),
    last_date=date(2026, 5, 8),
    next_date=date(2026, 6, 8),
)
PROVED = Followed(
    approval_id="a",
    user_id=UserId("u"),
    subscription_id=1,
    state=FollowedState.VERIFIED,
    ends_on=date(2026, 6, 7),
    due_on=date(2026, 6, 8),
    sent_at=datetime(2026, 5, 20, tzinfo=UTC),
)


def told(reach: date, *, first: date = date(1970, 1, 1), followed: Followed = PROVED):
    found = saved(followed, FILMS, first=first, books_reach=reach)
    return None if found is None else (found.times, found.amount.minor)


class TestSaved:
    def test_counts_the_charges_that_were_due_and_did_not_come(self):
        """By hand: due on 8 June, July and August; the books reach five days past each."""
        assert told(date(2026, 8, 13)) == (3, 3 * 1_799)
        assert told(date(2026, 8, 12)) == (2, 2 * 1_799)

    def test_counts_from_the_day_asked_about(self):
        assert told(date(2026, 8, 13), first=date(2026, 7, 1)) == (2, 2 * 1_799)

    @pytest.mark.parametrize(
        "state", [one for one in FollowedState if one is not FollowedState.VERIFIED]
    )
    def test_is_nothing_before_the_books_prove_it(self, state):
        assert told(date(2026, 8, 13), followed=replace(PROVED, state=state)) is None

    def test_is_nothing_while_the_books_do_not_reach_the_first_charge(self):
        assert told(date(2026, 6, 10)) is None
