from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bills.expected import Expected, due_days
from core.bills.standing import Due, DueState, Mark, standing
from core.connect.bank_days import bank_days
from core.money import Money
from core.schedules.banking import Roll, every_day, rolled
from core.subscriptions.cadence import STEP_DAYS, Cadence, occurrence
from core.subscriptions.charge import Charge

TODAY = date(2026, 5, 14)
RENT = Expected(
    subject="bill:1",
    name="Rent",
    amount=Money(90_000, "USD"),
    cadence=Cadence.MONTHLY,
    anchor=date(2026, 5, 1),
    since=date(2026, 1, 1),
    day=1,
    merchant_key="landlord",
)
TYPED = replace(RENT, merchant_key="", told=True, category="RENT_AND_UTILITIES_RENT")


def paid(day: date, minor: int = 90_000, key: str = "landlord", **more: object) -> Charge:
    values = {"name": key.title(), "currency": "USD", "category": "", "entry_id": day.toordinal()}
    values |= more
    return Charge(account_id=1, merchant_key=key, booked_date=day, minor=minor, **values)  # type: ignore[arg-type]


def stand(
    *expected: Expected,
    charges: Iterable[Charge] = (),
    receipts: Iterable[Charge] = (),
    marks: Iterable[Mark] = (),
    last: date = date(2026, 6, 30),
) -> list[Due]:
    found = standing(
        expected,
        list(receipts),
        list(charges),
        span=(TODAY, last),
        marks=list(marks),
        is_bank_day=every_day,
    )
    return list(found)


def states(dues: Iterable[Due]) -> list[tuple[date, str]]:
    return [(one.due, one.state.value) for one in dues]


class TestStanding:
    def test_tells_paid_late_and_ahead_apart(self):
        dues = stand(RENT, charges=[paid(date(2026, 4, 1))])
        assert states(dues) == [
            (date(2026, 4, 1), "paid"),
            (date(2026, 5, 1), "late"),
            (date(2026, 6, 1), "ahead"),
        ]

    def test_takes_what_was_really_paid_and_names_the_entry(self):
        (may,) = [
            one
            for one in stand(RENT, charges=[paid(date(2026, 5, 4), 91_000)])
            if one.due == date(2026, 5, 1)
        ]
        assert (may.amount, may.paid_on) == (Money(91_000, "USD"), date(2026, 5, 4))
        assert may.entry_ids == (date(2026, 5, 4).toordinal(),)

    def test_lets_one_entry_pay_one_due_day_only(self):
        two = [RENT, replace(RENT, subject="bill:2", name="Rent too")]
        dues = [one for one in stand(*two, charges=[paid(date(2026, 5, 1))]) if one.due.month == 5]
        assert sorted(one.state for one in dues) == ["late", "paid"]

    def test_gives_each_plan_of_one_seller_its_own_charge(self):
        one = replace(RENT, amount=Money(1_199, "USD"))
        other = replace(RENT, subject="bill:2", amount=Money(1_399, "USD"))
        charges = [paid(date(2026, 5, 1), 1_399), paid(date(2026, 5, 1), 1_199, entry_id=7)]
        dues = [due for due in stand(one, other, charges=charges) if due.due.month == 5]
        assert {due.expected.subject: due.amount.minor for due in dues} == {
            "bill:1": 1_199,
            "bill:2": 1_399,
        }

    @pytest.mark.parametrize(
        ("charge", "state"),
        [
            (paid(date(2026, 5, 2), 88_000, "x", name="Rent May"), "paid"),  # by its name
            (paid(date(2026, 5, 5), 95_000, "x", category="RENT_AND_UTILITIES_RENT"), "paid"),
            (paid(date(2026, 5, 2), 90_000, "zelle", name="Zelle John"), "paid"),  # the very amount
            (paid(date(2026, 5, 2), 89_000, "zelle", name="Zelle John"), "late"),
            (paid(date(2026, 5, 5), 90_000, "zelle", name="Zelle John"), "late"),  # too far off
            (paid(date(2026, 5, 2), 50_000, "x", name="Rent May"), "late"),  # half of it
            (paid(date(2026, 5, 2), 90_000, "x", name="Rent", currency="EUR"), "late"),
            (paid(date(2026, 4, 20), 90_000, "x", name="Rent"), "late"),  # too early
        ],
    )
    def test_knows_a_typed_bill_by_name_category_or_its_very_amount(self, charge, state):
        dues = stand(replace(TYPED, since=date(2026, 5, 1)), charges=[charge])
        assert dues[0].state.value == state

    def test_does_not_take_money_in_for_a_bill(self):
        assert stand(RENT, receipts=[paid(date(2026, 5, 1))])[1].state is DueState.LATE
        pay = replace(RENT, inflow=True)
        assert stand(pay, receipts=[paid(date(2026, 5, 1))])[1].state is DueState.PAID

    def test_takes_the_users_word_first(self):
        mark = Mark("bill:1", date(2026, 5, 1), DueState.SKIPPED, TODAY)
        charge = paid(date(2026, 5, 1))
        dues = stand(RENT, charges=[charge], marks=[mark])
        assert (dues[1].state, dues[1].paid_on) == (DueState.SKIPPED, TODAY)

    def test_puts_a_known_debt_on_the_next_payment_only(self):
        card = replace(RENT, owed=Money(12_345, "USD"), pays_account_id=4)
        assert [one.amount.minor for one in stand(card) if one.due >= TODAY] == [90_000]
        ahead = [one for one in stand(card, last=date(2026, 7, 30)) if one.open]
        assert [one.amount.minor for one in ahead] == [12_345, 90_000, 90_000, 90_000]

    def test_expects_a_trial_once(self):
        trial = replace(RENT, trial=True, anchor=date(2026, 6, 1), since=date(2026, 6, 1))
        dues = stand(trial, last=date(2026, 12, 31))
        assert [one.due for one in dues] == [date(2026, 6, 1)]

    def test_does_not_depend_on_the_order_of_its_input(self):
        charges = [paid(date(2026, 4, 1)), paid(date(2026, 5, 1)), paid(date(2026, 5, 2))]
        two = [RENT, replace(RENT, subject="bill:2")]
        assert stand(*two, charges=charges) == stand(*two[::-1], charges=charges[::-1])


class TestDueDays:
    @given(
        cadence=st.sampled_from(Cadence),
        anchor=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
        step=st.integers(-40, 40),
    )
    def test_are_the_anchor_and_its_steps_and_never_drift(self, cadence, anchor, step):
        """Property 30: the k-th occurrence is counted from the anchor."""
        one = replace(RENT, cadence=cadence, anchor=anchor, day=0, since=date(1900, 1, 1))
        wanted = occurrence(anchor, cadence, step)
        found = [due for due, _ in due_days(one, wanted, wanted, every_day)]
        assert found == [wanted]
        if cadence not in STEP_DAYS and wanted.month != 2:
            assert wanted.day in (anchor.day, 30)

    def test_come_back_to_the_31st_after_a_short_month(self):
        one = replace(RENT, anchor=date(2027, 2, 28), day=31)
        found = [due for due, _ in due_days(one, date(2027, 1, 1), date(2027, 5, 1), every_day)]
        assert [due.day for due in found] == [31, 28, 31, 30]

    def test_move_by_the_bank_calendar_of_the_country(self):
        # 30 May 2026 is a Saturday, 25 May is Memorial Day, 1 May is a holiday of the euro.
        pay = replace(RENT, anchor=date(2026, 5, 25), day=25, roll=Roll.BEFORE)
        days = list(due_days(pay, date(2026, 5, 20), date(2026, 5, 31), bank_days("US")))
        assert days == [(date(2026, 5, 25), date(2026, 5, 22))]
        euro = replace(RENT, roll=Roll.AFTER)
        days = list(due_days(euro, date(2026, 5, 1), date(2026, 5, 2), bank_days("ES")))
        assert days == [(date(2026, 5, 1), date(2026, 5, 4))]


class TestBankDays:
    @pytest.mark.parametrize(
        ("country", "day", "is_open"),
        [
            ("US", date(2026, 11, 26), False),  # Thanksgiving
            ("US", date(2026, 11, 27), True),
            ("GB", date(2026, 12, 25), False),
            ("IN", date(2026, 5, 9), False),  # the second Saturday
            ("IN", date(2026, 5, 16), True),  # the third
            ("IN", date(2026, 8, 15), False),
            ("AE", date(2026, 5, 16), False),
            ("ZZ", date(2026, 5, 15), True),  # a country nobody knows has weekends only
            ("ZZ", date(2026, 5, 16), False),
        ],
    )
    def test_know_weekends_and_holidays(self, country, day, is_open):
        assert bank_days(country)(day) is is_open

    @given(day=st.dates(date(2024, 1, 1), date(2034, 12, 31)), roll=st.sampled_from(Roll))
    def test_a_rolled_day_is_a_banking_day_close_by(self, day, roll):
        is_open = bank_days("GB")
        moved = rolled(day, roll, is_open)
        assert abs(moved - day) <= timedelta(days=5)
        assert roll is Roll.NONE or is_open(moved)
        assert not is_open(day) or moved == day

    def test_a_calendar_that_never_opens_moves_nothing(self):
        assert rolled(TODAY, Roll.AFTER, lambda _: False) == TODAY
