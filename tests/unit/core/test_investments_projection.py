from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from core.investments.projection import band, mix_returns
from core.investments.saving_plan import (
    ContributionUnreadable,
    MonthsOutOfRange,
    RateOutOfRange,
    SavingPlan,
    grown,
)
from core.money import Money
from tests.unit.core.test_investments_mixes import history_of


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def plan(start: str = "0", monthly: str = "200", months: int = 120, **more: str) -> SavingPlan:
    rates = {name: Decimal(value) for name, value in more.items()}
    return SavingPlan(usd(start), usd(monthly), months, **rates)


class TestEvenGrowth:
    def test_without_growth_is_what_was_paid_in(self):
        assert grown(plan(start="1000"), Decimal(0)) == usd("25000")

    def test_of_one_year_doubles_what_was_there(self):
        assert grown(plan(start="100", monthly="0", months=12), Decimal(50)) == usd("150")

    def test_is_the_closed_form_of_an_annuity(self):
        """Worked by hand: 200 a month, 1.06^(1/12) - 1 = 0.48675506 % a month, 120 months.

        1.06^10 = 1.79084770, so it is 200 * 0.79084770 / 0.0048675506 = 32,494.69.
        """
        assert grown(plan(), Decimal(6)) == usd("32494.69")

    @pytest.mark.parametrize("rate", ["-3", "0.5", "7.25", "12"])
    def test_is_what_month_by_month_comes_to(self, rate):
        told = plan(start="1234.56", monthly="321.09", months=97, cost="0.4")
        month = ((1 + float(rate) / 100) * (1 - 0.004)) ** (1 / 12)
        there = 123_456.0
        for _ in range(97):
            there = there * month + 32_109
        assert grown(told, Decimal(rate)).minor == pytest.approx(there, abs=0.51)

    def test_in_money_of_today_is_divided_by_what_prices_have_become(self):
        nominal = grown(plan(), Decimal(6))
        today = grown(plan(inflation="2"), Decimal(6))
        assert today.minor == pytest.approx(nominal.minor / 1.02**10, abs=1)

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"months": 0}, MonthsOutOfRange),
            ({"months": 721}, MonthsOutOfRange),
            ({"monthly": "-1"}, ContributionUnreadable),
            ({"inflation": "51"}, RateOutOfRange),
            ({"cost": "-51"}, RateOutOfRange),
        ],
    )
    def test_refuses_what_nobody_plans(self, change, error):
        with pytest.raises(error):
            plan(**change)

    def test_refuses_a_growth_nobody_plans_with(self):
        with pytest.raises(RateOutOfRange):
            grown(plan(), Decimal("50.1"))


class TestTheBand:
    CALM = np.full(300, 0.0004)
    WILD = np.tile([0.02, -0.019, 0.013, -0.012, 0.001], 60)

    def test_of_days_that_are_all_the_same_is_the_closed_form(self):
        """Twenty-one days of 0.04 % are a month, so twelve of them are the year's growth."""
        found = band(plan(), self.CALM, 252.0)
        yearly = Decimal(repr((1.0004**252 - 1) * 100))
        assert found.low == found.middle == found.high
        assert found.middle.minor == pytest.approx(grown(plan(), yearly).minor, abs=1)
        assert found.losing == 0

    def test_has_the_same_answer_to_the_same_question(self):
        assert band(plan(), self.WILD, 252.0) == band(plan(), self.WILD, 252.0)

    def test_depends_on_the_draws_only_a_little(self):
        one = band(plan(), self.WILD, 252.0, seed=1)
        other = band(plan(), self.WILD, 252.0, seed=2)
        assert one != other
        assert one.middle.minor == pytest.approx(other.middle.minor, rel=0.03)

    def test_is_wider_for_wilder_prices_and_counts_who_loses(self):
        wild = band(plan(start="10000"), self.WILD, 252.0)
        assert wild.low < wild.middle < wild.high
        falling = band(plan(), np.full(300, -0.001), 252.0)
        assert falling.losing == 100

    def test_takes_a_month_of_days_by_how_many_make_a_year(self):
        weekly = band(plan(months=12), np.full(60, 0.002), 52.0)
        assert weekly.middle.minor == pytest.approx(
            sum(20_000 * 1.002 ** (4 * at) for at in range(12)), abs=1
        )

    def test_is_of_a_portfolio_at_its_shares(self):
        history = history_of([[100.0, 50.0], [110.0, 50.0], [110.0, 55.0]])
        assert list(mix_returns(history, [300.0, 100.0])) == pytest.approx([0.075, 0.025])
