from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alert import AlertKind
from core.alerts.bills import BillFacts, bill_alerts
from core.bills.expected import Expected
from core.bills.standing import Due, DueState, standing
from core.ids import UserId
from core.money import Money
from core.schedules.banking import every_day
from core.subscriptions.cadence import Cadence
from tests.unit.core.test_bills_safe import balance, safe

DUE = date(2026, 6, 1)
RENT = Expected(
    subject="bill:1",
    name="Rent",
    amount=Money(90_000, "USD"),
    cadence=Cadence.MONTHLY,
    anchor=DUE,
    since=date(2026, 6, 1),
    told=False,
)


def facts(
    today: date, *expected: Expected, leads=(7, 3, 1), reach: date | None = None
) -> BillFacts:
    last = today + timedelta(days=20)
    dues: tuple[Due, ...] = standing(
        expected or (RENT,), [], [], span=(today, last), marks=[], is_bank_day=every_day
    )
    cash = replace(safe([balance(200_000)], dues), today=today)
    return BillFacts(UserId("user_1"), today, dues, leads, cash, reach)


def keys(found: BillFacts, already=()) -> list[str]:
    return [alert.dedupe_key for alert in bill_alerts(found, already=already)]


class TestReminders:
    def test_come_at_each_lead_time_once_whatever_days_are_missed(self):
        told: list[str] = []
        days = []
        for step in range(14, -1, -1):
            if step == 3:
                continue  # a day on which nobody looked
            new = keys(facts(DUE - timedelta(days=step)), already=told)
            days += [step] * len(new)
            told += new
        assert days == [7, 2, 1]
        assert [key.rpartition(":")[2] for key in told] == ["7", "3", "1"]

    @given(leads=st.lists(st.integers(0, 30), max_size=4), looks=st.lists(st.integers(0, 40)))
    def test_are_told_at_most_once_for_each_lead_time(self, leads, looks):
        told: list[str] = []
        for step in sorted(looks, reverse=True):
            today = DUE - timedelta(days=step)
            told += keys(facts(today, leads=tuple(leads)), already=told)
        june = [key for key in told if DUE.isoformat() in key]
        assert len(june) == len(set(june)) <= len(set(leads))

    def test_say_what_is_left_after_it_and_all_before_it(self):
        power = replace(RENT, subject="bill:2", name="Power", amount=Money(10_000, "USD"))
        power = replace(power, anchor=DUE - timedelta(days=2), since=DUE - timedelta(days=2))
        found = bill_alerts(facts(DUE - timedelta(days=3), RENT, power), already=())
        after = {fact.value for alert in found for fact in alert.facts if fact.name == "after"}
        assert after == {Money(190_000, "USD"), Money(100_000, "USD")}

    def test_leave_subscriptions_to_the_daily_line_and_pay_alone(self):
        others = (replace(RENT, subject="subscription:1"), replace(RENT, inflow=True))
        assert keys(facts(DUE - timedelta(days=1), *others)) == []

    def test_of_one_come_by_its_own_lead_times(self):
        own = replace(RENT, lead_days=(10, 2))
        assert len(keys(facts(DUE - timedelta(days=9), own))) == 1
        assert (
            keys(facts(DUE - timedelta(days=7), own), already=["bill:1:2026-06-01:lead:10"]) == []
        )
        assert keys(facts(DUE - timedelta(days=2), replace(RENT, lead_days=()))) == []

    def test_of_a_subscription_come_only_when_they_are_asked_for(self):
        netflix = replace(RENT, subject="subscription:1")
        assert keys(facts(DUE - timedelta(days=1), netflix)) == []
        assert len(keys(facts(DUE - timedelta(days=1), replace(netflix, lead_days=(1,))))) == 1

    def test_tell_that_a_trial_ends(self):
        calm = replace(RENT, subject="subscription:1", trial=True)
        (alert,) = bill_alerts(facts(DUE - timedelta(days=3), calm), already=())
        assert alert.kind is AlertKind.TRIAL_ENDS
        assert keys(facts(DUE - timedelta(days=3), replace(calm, lead_days=()))) == []

    def test_are_silent_when_switched_off(self):
        assert keys(facts(DUE - timedelta(days=1), leads=())) == []

    def test_of_a_bill_told_today_wait_for_the_next_lead_time(self):
        typed = replace(RENT, told=True, since=DUE - timedelta(days=5))
        assert keys(facts(DUE - timedelta(days=5), typed)) == []
        assert len(keys(facts(DUE - timedelta(days=3), typed))) == 1


class TestLate:
    @pytest.mark.parametrize(("days", "told"), [(5, 0), (6, 1), (20, 1), (21, 0)])
    def test_is_said_once_after_the_banks_have_had_their_time(self, days, told):
        today = DUE + timedelta(days=days)
        found = facts(today, leads=(), reach=today)
        assert len(keys(found)) == told
        assert keys(found, already=keys(found)) == []

    def test_is_not_said_when_the_books_do_not_reach_that_far(self):
        found = facts(DUE + timedelta(days=8), leads=(), reach=DUE + timedelta(days=1))
        assert keys(found) == []

    def test_of_pay_is_missing_after_two_days(self):
        pay = replace(RENT, inflow=True)
        today = DUE + timedelta(days=3)
        (alert,) = bill_alerts(facts(today, pay, leads=(), reach=today), already=())
        assert alert.kind is AlertKind.PAY_MISSING
        assert keys(facts(DUE + timedelta(days=2), pay, leads=(), reach=today)) == []

    def test_is_not_said_of_what_is_paid(self):
        found = facts(DUE + timedelta(days=8), leads=(), reach=DUE + timedelta(days=8))
        paid = tuple(replace(one, state=DueState.PAID) for one in found.dues)
        assert keys(replace(found, dues=paid)) == []
