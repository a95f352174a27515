from __future__ import annotations

from decimal import Decimal
from math import ceil, log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.debts.debt import Debt, DebtTermsOutOfRange
from core.debts.payoff import Method, Plan, month_interest, payoff
from core.ids import UserId
from core.money import Money


def debt(number: int, owed: int, rate: str, minimum: int = 0) -> Debt:
    return Debt(
        number, UserId("u"), f"d{number}", Money(owed, "USD"), Decimal(rate), Money(minimum, "USD")
    )


def plan(*debts: Debt, monthly: int, method: Method = Method.AVALANCHE) -> Plan | None:
    return payoff(debts, monthly=Money(monthly, "USD"), method=method)


class TestOneDebt:
    @given(
        owed=st.integers(10_000, 5_000_000),
        rate=st.integers(1, 360).map(lambda tenths: Decimal(tenths) / 10),
        share=st.integers(2, 40),
    )
    def test_takes_as_long_as_the_closed_form_says(self, owed, rate, share):
        """n = -ln(1 - iB/P) / ln(1 + i), and what is paid is n payments, the last one shorter."""
        i = float(rate) / 1200
        payment = max(owed // share, month_interest(owed, rate) * 11 // 10 + 100)
        exact = -log(1 - i * owed / payment) / log(1 + i)
        assume(abs(exact - round(exact)) > 0.01)  # rounding of cents may decide on the edge
        found = plan(debt(1, owed, str(rate)), monthly=payment)
        assert found is not None
        assert found.months == ceil(exact)
        # The whole of what is paid lies between n - 1 and n payments.
        paid = owed + found.interest.minor
        assert (found.months - 1) * payment < paid <= found.months * payment

    def test_agrees_with_a_worked_table(self):
        # 1,000.00 at 12 % is 1 % a month: 1,000.00, 705.00, 407.05, 106.12, gone in the fourth.
        found = plan(debt(1, 100_000, "12"), monthly=30_500)
        assert found is not None
        assert (found.months, found.interest) == (4, Money(2_218, "USD"))

    def test_without_interest_is_a_division(self):
        found = plan(debt(1, 100_000, "0"), monthly=30_000)
        assert found is not None
        assert (found.months, found.interest) == (4, Money(0, "USD"))

    def test_that_grows_faster_than_it_is_paid_never_ends(self):
        assert plan(debt(1, 100_000, "24"), monthly=2_000) is None
        assert plan(debt(1, 100_000, "24"), monthly=1_500) is None

    def test_raises_the_sum_to_the_minimums(self):
        found = plan(debt(1, 100_000, "12", 30_500), monthly=0)
        assert found is not None
        assert (found.monthly, found.months) == (Money(30_500, "USD"), 4)


class TestSeveralDebts:
    CARD = debt(1, 300_000, "24", 9_000)
    LOAN = debt(2, 100_000, "6", 3_000)

    def test_avalanche_clears_the_dearest_first_and_snowball_the_smallest(self):
        dear = plan(self.CARD, self.LOAN, monthly=40_000)
        small = plan(self.CARD, self.LOAN, monthly=40_000, method=Method.SNOWBALL)
        assert dear is not None
        assert small is not None
        assert small.order[0].debt == self.LOAN
        assert small.order[0].month < next(o.month for o in dear.order if o.debt == self.LOAN)
        assert dear.interest < small.interest

    def test_what_a_paid_debt_frees_goes_to_the_next(self):
        found = plan(debt(1, 10_000, "0", 5_000), debt(2, 20_000, "0", 5_000), monthly=10_000)
        assert found is not None
        assert found.months == 3

    def test_leaves_out_what_is_paid(self):
        found = plan(self.CARD, debt(3, 0, "10", 5_000), monthly=40_000)
        assert found is not None
        assert [one.debt for one in found.order] == [self.CARD]

    @given(
        debts=st.lists(
            st.tuples(st.integers(1_000, 500_000), st.integers(0, 300)), min_size=1, max_size=4
        ),
        extra=st.integers(0, 50_000),
    )
    def test_the_dearest_first_is_never_dearer_by_more_than_rounding(self, debts, extra):
        mine = [
            debt(number, owed, str(Decimal(tenths) / 10), month_interest(owed, Decimal(30)) + 500)
            for number, (owed, tenths) in enumerate(debts, 1)
        ]
        monthly = sum(one.minimum.minor for one in mine) + extra
        dear = plan(*mine, monthly=monthly)
        small = plan(*mine, monthly=monthly, method=Method.SNOWBALL)
        assert dear is not None
        assert small is not None
        assert dear.interest.minor <= small.interest.minor + dear.months * len(mine)
        assert dear.interest.minor == sum(one.interest.minor for one in dear.order)

    @given(order=st.permutations([1, 2, 3]))
    def test_does_not_depend_on_the_order_of_its_input(self, order):
        three = {1: self.CARD, 2: self.LOAN, 3: debt(3, 50_000, "12", 2_000)}
        found = plan(*(three[number] for number in order), monthly=30_000)
        assert found == plan(*three.values(), monthly=30_000)


class TestDebt:
    @pytest.mark.parametrize(
        ("owed", "rate", "minimum"), [(-1, "5", 0), (1, "-1", 0), (1, "201", 0)]
    )
    def test_refuses_terms_with_which_nothing_can_be_worked_out(self, owed, rate, minimum):
        with pytest.raises(DebtTermsOutOfRange):
            debt(1, owed, rate, minimum)
