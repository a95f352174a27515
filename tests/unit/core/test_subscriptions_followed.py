"""What the books prove of a cancellation that was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.ids import AccountId, UserId
from core.money import Money
from core.subscriptions.cadence import Cadence
from core.subscriptions.followed import (
    EARLY,
    FOLLOWED_MOVES,
    GRACE,
    Followed,
    FollowedState,
    proved,
)
from core.subscriptions.subscription import Subscription, SubscriptionStatus

DUE = date(2026, 6, 2)
FOLLOWED = Followed(
    "appr_1",
    UserId("user_1"),
    3,
    FollowedState.SENT,
    DUE,
    DUE,
    datetime(2026, 5, 14, tzinfo=UTC),
)
NETFLIX = Subscription(
    id=3,
    user_id=UserId("user_1"),
    merchant_key="netflix",
    name="Netflix",
    account_id=AccountId(1),
    amount=Money(1799, "USD"),
    cadence=Cadence.MONTHLY,
    status=SubscriptionStatus.CANCEL_REQUESTED,
    first_date=date(2025, 1, 2),
    last_date=date(2026, 5, 2),
    next_date=DUE,
)


class TestProved:
    def test_is_nothing_while_the_charge_may_still_come(self):
        last = DUE + GRACE - timedelta(days=1)
        assert proved(FOLLOWED, NETFLIX, books_reach=last) is None

    def test_is_nothing_where_the_books_do_not_reach(self):
        assert proved(FOLLOWED, NETFLIX, books_reach=None) is None

    def test_is_the_charge_that_did_not_come(self):
        assert proved(FOLLOWED, NETFLIX, books_reach=DUE + GRACE) is FollowedState.VERIFIED

    def test_is_nothing_by_a_charge_of_before(self):
        early = replace(NETFLIX, last_date=DUE - EARLY - timedelta(days=1))
        assert proved(FOLLOWED, early, books_reach=DUE) is None

    @pytest.mark.parametrize("later", [-3, -1, 0, 3, 40])
    def test_is_the_charge_that_came_again(self, later):
        charged = replace(NETFLIX, last_date=DUE + timedelta(days=later))
        assert proved(FOLLOWED, charged, books_reach=DUE + GRACE) is FollowedState.CHARGED


class TestStates:
    def test_a_charge_can_still_come_after_it_was_verified(self):
        assert FollowedState.CHARGED in FOLLOWED_MOVES[FollowedState.VERIFIED]

    def test_the_providers_word_alone_verifies_nothing(self):
        assert FollowedState.ACCEPTED in FOLLOWED_MOVES[FollowedState.SENT]
        assert FollowedState.SENT not in FOLLOWED_MOVES[FollowedState.ACCEPTED]
