from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from core.insights.milestone import Kept, mark_passed
from core.money import Money
from core.period import Grain, Period
from core.reports.worth import Worth

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1), Grain.MONTH)


def worth(major: int, *, currency: str = "USD", missing: int = 0, unpriced: int = 0) -> Worth:
    return Worth(date(2026, 11, 1), Money.of(major, currency), missing, unpriced=unpriced)


class TestMarkPassed:
    @pytest.mark.parametrize(
        ("then", "now", "mark"),
        [
            (9_900, 10_100, 10_000),
            (900, 26_000, 25_000),  # of several the largest
            (10_000, 10_100, None),  # it was there before
            (10_100, 9_900, None),  # going down is none
            (24_999, 25_000, 25_000),
            (-500, 900, None),
        ],
    )
    def test_is_the_largest_round_sum_between_then_and_now(self, then, now, mark):
        found = mark_passed(worth(then), worth(now), least=0)
        assert found == (None if mark is None else Money.of(mark, "USD"))

    def test_is_nothing_below_a_usual_month_or_while_something_is_left_out(self):
        assert mark_passed(worth(900), worth(1_100), least=200_000) is None
        assert mark_passed(worth(900, missing=1), worth(1_100), least=0) is None
        assert mark_passed(worth(900), worth(1_100, unpriced=1), least=0) is None

    def test_counts_in_the_currencys_own_units(self):
        found = mark_passed(worth(900, currency="JPY"), worth(1_100, currency="JPY"), least=0)
        assert found == Money(1_000, "JPY")


class TestKept:
    @pytest.mark.parametrize(
        ("income", "spent", "usual", "kind"),
        [
            (1_000, 700, Fraction(20, 100), "saved_more"),
            (1_000, 900, Fraction(20, 100), "saved_less"),
            (1_000, 780, Fraction(20, 100), ""),
            (1_000, 1_200, Fraction(20, 100), "overspent"),
            (1_000, 700, None, "saved"),
        ],
    )
    def test_is_told_where_it_is_not_as_always(self, income, spent, usual, kind):
        assert Kept(OCTOBER, income, spent, usual).kind == kind
