from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.ids import AccountId, UserId
from core.money import Money
from core.subscriptions.cadence import Cadence, monthly_equivalent, occurrence, yearly_cost
from core.subscriptions.detect import Phase, Stream, StreamKind
from core.subscriptions.price import PriceChange
from core.subscriptions.reconcile import reconciled
from core.subscriptions.subscription import (
    SUBSCRIPTION_MOVES,
    Subscription,
    SubscriptionMoveRefused,
    SubscriptionStatus,
    move,
)

USER = UserId("user_1")
NETFLIX = Subscription(
    id=7,
    user_id=USER,
    merchant_key="netflix",
    name="Netflix",
    account_id=AccountId(2),
    amount=Money(1_549, "USD"),
    cadence=Cadence.MONTHLY,
    status=SubscriptionStatus.ACTIVE,
    first_date=date(2026, 1, 8),
    last_date=date(2026, 7, 8),
    next_date=date(2026, 8, 8),
)
STREAM = Stream(
    account_id=2,
    merchant_key="netflix",
    name="NETFLIX",
    category="ENTERTAINMENT_TV_AND_MOVIES",
    kind=StreamKind.SUBSCRIPTION,
    phase=Phase.MATURE,
    cadence=Cadence.MONTHLY,
    amount=Money(1_549, "USD"),
    entry_ids=(1, 2, 3),
    first_date=date(2026, 1, 8),
    last_date=date(2026, 7, 8),
    next_date=date(2026, 8, 8),
)


class TestCadence:
    def test_keeps_the_31st_after_a_short_month(self):
        anchor = date(2026, 1, 31)
        days = [occurrence(anchor, Cadence.MONTHLY, count) for count in range(5)]
        assert days == [
            date(2026, 1, 31),
            date(2026, 2, 28),
            date(2026, 3, 31),
            date(2026, 4, 30),
            date(2026, 5, 31),
        ]

    def test_counts_days_weeks_and_years(self):
        anchor = date(2024, 2, 29)
        assert occurrence(anchor, Cadence.FOUR_WEEKLY, 2) == date(2024, 4, 25)
        assert occurrence(anchor, Cadence.YEARLY, 1) == date(2025, 2, 28)
        assert occurrence(anchor, Cadence.YEARLY, 4) == date(2028, 2, 29)
        assert occurrence(anchor, Cadence.QUARTERLY, 1, day=30) == date(2024, 5, 30)

    @pytest.mark.parametrize(
        ("cadence", "month"),
        [
            (Cadence.WEEKLY, 5_200),
            (Cadence.BIWEEKLY, 2_600),
            (Cadence.FOUR_WEEKLY, 1_300),
            (Cadence.MONTHLY, 1_200),
            (Cadence.QUARTERLY, 400),
            (Cadence.HALF_YEARLY, 200),
            (Cadence.YEARLY, 100),
        ],
    )
    def test_says_what_a_charge_costs_in_a_month(self, cadence, month):
        assert monthly_equivalent(Money(1_200, "USD"), cadence) == Money(month, "USD")
        assert yearly_cost(Money(1_200, "USD"), cadence) == Money(12 * month, "USD")

    def test_rounds_a_month_to_the_minor_unit(self):
        assert monthly_equivalent(Money(3_588, "USD"), Cadence.YEARLY) == Money(299, "USD")
        assert monthly_equivalent(Money(1_000, "JPY"), Cadence.QUARTERLY) == Money(333, "JPY")


class TestMove:
    @pytest.mark.parametrize("status", SubscriptionStatus)
    def test_goes_where_the_table_says_and_nowhere_else(self, status):
        start = replace(NETFLIX, status=status)
        for to in SubscriptionStatus:
            if to in SUBSCRIPTION_MOVES[status]:
                assert move(start, to).status is to
            else:
                with pytest.raises(SubscriptionMoveRefused):
                    move(start, to)

    def test_never_calls_something_cancelled_that_nobody_was_asked_to_cancel(self):
        for status in (SubscriptionStatus.DETECTED, SubscriptionStatus.ACTIVE):
            assert SubscriptionStatus.CANCELLED not in SUBSCRIPTION_MOVES[status]


class TestReconciled:
    def one(self, *stored: Subscription, stream: Stream = STREAM) -> Subscription:
        (written,) = reconciled(stored, [stream], user_id=USER)
        return written

    def test_makes_a_new_record_of_a_new_stream(self):
        made = self.one()
        assert (made.id, made.status) == (0, SubscriptionStatus.DETECTED)
        assert (made.next_date, made.amount) == (STREAM.next_date, STREAM.amount)

    def test_stores_what_had_already_ended_as_ended(self):
        ended = replace(STREAM, phase=Phase.ENDED)
        assert self.one(stream=ended).status is SubscriptionStatus.ENDED

    def test_keeps_the_name_that_the_record_has_and_writes_nothing_when_nothing_changed(self):
        assert reconciled([NETFLIX], [STREAM], user_id=USER) == ()

    def test_takes_over_a_new_price_and_date(self):
        change = PriceChange(Money(1_549, "USD"), Money(1_799, "USD"), date(2026, 8, 8))
        stream = replace(
            STREAM,
            amount=Money(1_799, "USD"),
            last_date=date(2026, 8, 8),
            next_date=date(2026, 9, 8),
            change=change,
        )
        updated = self.one(NETFLIX, stream=stream)
        assert updated.id == 7
        assert updated.amount == Money(1_799, "USD")
        assert updated.previous_amount == Money(1_549, "USD")
        assert updated.price_changed_on == date(2026, 8, 8)
        assert updated.status is SubscriptionStatus.ACTIVE

    def test_ends_what_was_cancelled_when_the_charge_stays_away(self):
        cancelled = replace(NETFLIX, status=SubscriptionStatus.CANCELLED)
        ended = replace(STREAM, phase=Phase.ENDED)
        assert self.one(cancelled, stream=ended).status is SubscriptionStatus.ENDED

    def test_makes_a_cancelled_one_active_when_it_charges_again(self):
        cancelled = replace(NETFLIX, status=SubscriptionStatus.CANCELLED)
        again = replace(STREAM, last_date=date(2026, 8, 8), next_date=date(2026, 9, 8))
        assert self.one(cancelled, stream=again).status is SubscriptionStatus.ACTIVE

    def test_leaves_a_cancelled_one_alone_while_no_charge_came(self):
        cancelled = replace(NETFLIX, status=SubscriptionStatus.CANCELLED)
        assert reconciled([cancelled], [STREAM], user_id=USER) == ()

    def test_keeps_two_plans_of_one_seller_apart(self):
        family = replace(NETFLIX, id=8, amount=Money(2_299, "USD"), first_date=date(2026, 3, 20))
        one = replace(STREAM, next_date=date(2026, 8, 9))
        other = replace(
            STREAM,
            amount=Money(2_299, "USD"),
            first_date=date(2026, 3, 20),
            next_date=date(2026, 8, 20),
        )
        written = reconciled([NETFLIX, family], [other, one], user_id=USER)
        assert [(done.id, done.amount.minor) for done in written] == [(8, 2_299), (7, 1_549)]

    def test_does_not_mix_up_accounts(self):
        elsewhere = replace(STREAM, account_id=3)
        assert self.one(NETFLIX, stream=elsewhere).id == 0
