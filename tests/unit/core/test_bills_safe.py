from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.bills.expected import Expected
from core.bills.safe import next_payday, safe_to_spend
from core.bills.standing import Due, DueState
from core.ids import AccountId, UserId
from core.ledger.account import Account, AccountKind, Balance, LedgerClass
from core.ledger.pockets import pockets
from core.money import Money, total
from core.subscriptions.cadence import Cadence

TODAY = date(2026, 5, 14)
AS_OF = datetime(2026, 5, 14, 8, tzinfo=UTC)
RENT = Expected(
    subject="bill:1",
    name="Rent",
    amount=Money(90_000, "USD"),
    cadence=Cadence.MONTHLY,
    anchor=date(2026, 5, 20),
    since=date(2026, 1, 1),
)
PAY = replace(
    RENT,
    subject="bill:2",
    name="Pay",
    amount=Money(250_000, "USD"),
    inflow=True,
    account_id=9,
    category="INCOME_WAGES",
)


def due(expected: Expected, on: date, state: DueState = DueState.AHEAD, minor: int = 0) -> Due:
    amount = Money(minor, "USD") if minor else expected.amount
    return Due(expected, on, on, amount, state)


def balance(minor: int, kind: AccountKind = AccountKind.CHECKING, number: int = 1) -> Balance:
    account = Account(AccountId(number), UserId("u"), f"{kind}", kind, LedgerClass.OBSERVED, "USD")
    return Balance(account, Money(minor, "USD"), Money(0, "USD"), AS_OF, Money(0, "USD"))


def safe(balances, dues, until=None, set_aside=0, lived_from=(), pay_on=None):
    used = pockets(balances, lived_from, "USD")
    kept = Money(set_aside, "USD")
    return safe_to_spend(used, dues, today=TODAY, until=until, set_aside=kept, pay_on=pay_on)


class TestSafeToSpend:
    def test_holds_back_what_is_due_before_the_next_pay_and_names_it(self):
        dues = [
            due(RENT, date(2026, 5, 20)),
            due(PAY, date(2026, 5, 28)),
            due(RENT, date(2026, 5, 28)),  # on pay day the pay is there
            due(RENT, date(2026, 5, 2), DueState.PAID),
        ]
        found = safe([balance(120_000)], dues)
        assert [one.on for one in found.held] == [date(2026, 5, 20)]
        assert (found.left, found.payday) == (Money(30_000, "USD"), dues[1])
        assert (found.lowest, found.lowest_on) == (Money(30_000, "USD"), date(2026, 5, 20))
        assert (found.days, found.per_day) == (14, Money(2_142, "USD"))

    def test_holds_back_what_is_late_but_not_for_ever(self):
        late = due(RENT, TODAY - timedelta(days=3), DueState.LATE)
        gone = due(RENT, TODAY - timedelta(days=20), DueState.LATE)
        found = safe([balance(120_000)], [late, gone, due(PAY, date(2026, 5, 28))])
        assert found.held == (late,)
        assert found.lowest_on == TODAY

    def test_says_short_and_not_zero(self):
        found = safe([balance(10_000)], [due(RENT, date(2026, 5, 20)), due(PAY, date(2026, 5, 28))])
        assert found.left == Money(-80_000, "USD")
        assert found.per_day == Money(0, "USD")

    def test_leaves_savings_and_cards_out_unless_they_are_lived_from(self):
        card = balance(-50_000, AccountKind.CARD, 2)
        savings = balance(700_000, AccountKind.SAVINGS, 3)
        everything = [balance(1_000), card, savings]
        assert safe(everything, []).cash == Money(1_000, "USD")
        assert safe(everything, [], lived_from={3}).cash == Money(701_000, "USD")
        assert safe([savings], []).cash == Money(700_000, "USD")

    def test_counts_what_goals_claim(self):
        assert safe([balance(10_000)], [], set_aside=4_000).left == Money(6_000, "USD")

    def test_looks_thirty_days_ahead_without_a_pay_day(self):
        found = safe([balance(10_000)], [due(RENT, TODAY + timedelta(days=29), minor=1_000)])
        assert (found.payday, found.until) == (None, TODAY + timedelta(days=30))
        assert found.left == Money(9_000, "USD")

    def test_goes_to_the_pay_day_that_the_user_told_and_names_the_pay_that_comes_near(self):
        dues = [due(RENT, date(2026, 5, 20)), due(PAY, date(2026, 5, 28))]
        found = safe([balance(120_000)], dues, pay_on=date(2026, 5, 26))
        assert (found.until, found.paid_on, found.payday) == (
            date(2026, 5, 26),
            date(2026, 5, 26),
            dues[1],
        )
        early = safe([balance(120_000)], dues, pay_on=date(2026, 5, 18))
        assert (early.paid_on, early.payday, early.held) == (date(2026, 5, 18), None, ())

    def test_a_day_that_is_asked_about_goes_before_any_pay_day(self):
        dues = [due(PAY, date(2026, 5, 28))]
        found = safe([balance(1)], dues, until=date(2026, 5, 31), pay_on=date(2026, 5, 26))
        assert (found.until, found.paid_on) == (date(2026, 5, 31), None)

    @given(
        cash=st.integers(-100_000, 1_000_000),
        bills=st.lists(st.tuples(st.integers(-10, 40), st.integers(1, 200_000)), max_size=8),
        set_aside=st.integers(0, 100_000),
    )
    def test_cash_is_what_is_left_and_held_and_set_aside(self, cash, bills, set_aside):
        dues = [
            due(
                RENT, TODAY + timedelta(days=days), DueState.LATE if days < 0 else DueState.AHEAD, m
            )
            for days, m in bills
        ]
        found = safe([balance(cash)], dues, set_aside=set_aside)
        assert found.left + found.held_total + found.set_aside == found.cash
        assert found.lowest == found.cash - total((one.amount for one in found.held), "USD")
        assert found.per_day.minor * found.days <= max(found.left.minor, 0)


class TestNextPayday:
    def test_is_the_first_main_pay_and_no_interest(self):
        interest = replace(PAY, subject="bill:3", amount=Money(1_500, "USD"))
        dues = [due(interest, date(2026, 5, 20)), due(PAY, date(2026, 5, 28))]
        assert next_payday(dues, today=TODAY) == dues[1]

    def test_is_nothing_when_nothing_comes(self):
        assert next_payday([due(RENT, date(2026, 5, 20))], today=TODAY) is None
        assert next_payday([due(PAY, date(2026, 5, 2), DueState.PAID)], today=TODAY) is None
