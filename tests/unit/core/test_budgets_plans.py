from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.budgets.budget import Budget, BudgetState, Cadence
from core.budgets.cover import CoverOtherCurrency, CoverTooMuch, NothingToCover, check_cover
from core.budgets.progress import Progress, progress
from core.budgets.split import is_need, split
from core.budgets.suggest import suggestions
from core.ids import UserId
from core.money import Money, total
from core.period import Calendar, Grain, Period, period_of, tiles

MAY = Period(date(2026, 5, 1), date(2026, 6, 1), Grain.MONTH)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def stand(number: int, limit: int, spent: int, currency: str = "USD") -> Progress:
    budget = Budget(
        number,
        UserId("u"),
        "FOOD_AND_DRINK",
        Money(limit, currency),
        Cadence.MONTHLY,
        BudgetState.ACTIVE,
        date(2026, 1, 1),
    )
    return progress(budget, spent=Money(spent, currency), period=MAY, today=date(2026, 5, 20))


class TestSuggestions:
    def test_are_medians_rounded_up_and_the_largest_first(self):
        months = {
            "FOOD_AND_DRINK": [usd(m) for m in (38_000, 41_000, 36_000, 39_500, 37_200, 90_000)],
            "ENTERTAINMENT": [usd(m) for m in (1_000, 1_200, 900, 1_100, 1_000, 0)],
            "TRAVEL": [usd(m) for m in (0, 0, 50_000, 0, 0, 40_000)],  # not usual
        }
        food, fun = suggestions(months)
        assert (food.category, food.usual, food.limit) == (
            "FOOD_AND_DRINK",
            usd(38_750),
            usd(39_000),
        )
        assert (fun.usual, fun.limit) == (usd(1_000), usd(1_000))

    @given(months=st.lists(st.integers(0, 1_000_000), min_size=6, max_size=6))
    def test_are_enough_for_the_usual_month_and_round(self, months):
        for one in suggestions({"X": [usd(minor) for minor in months]}):
            assert one.usual <= one.limit
            assert one.limit.minor % 500 == 0
            assert one.limit.minor - one.usual.minor < 5_000


class TestCover:
    def test_refuses_more_than_is_left_or_the_whole_limit(self):
        into, out = stand(1, 40_000, 43_000), stand(2, 10_000, 2_000)
        check_cover(usd(8_000), into, out)
        for amount, error in ((8_001, CoverTooMuch), (0, NothingToCover), (-5, NothingToCover)):
            with pytest.raises(error):
                check_cover(usd(amount), into, out)
        with pytest.raises(CoverTooMuch):
            check_cover(usd(10_000), into, stand(2, 10_000, 0))
        with pytest.raises(NothingToCover):
            check_cover(usd(1), into, into)
        with pytest.raises(CoverOtherCurrency):
            check_cover(usd(1), into, stand(2, 10_000, 0, "EUR"))


class TestSplit:
    def test_parts_add_up_to_the_income(self):
        spending = [
            ("RENT_AND_UTILITIES_RENT", usd(90_000)),
            ("FOOD_AND_DRINK_GROCERIES", usd(20_000)),
            ("FOOD_AND_DRINK_RESTAURANT", usd(30_000)),
            ("user:hobby", usd(10_000)),
        ]
        needs, wants, savings = split(usd(200_000), spending)
        assert (needs.amount, needs.percent, needs.at_rule) == (
            usd(110_000),
            Decimal("55.0"),
            usd(100_000),
        )
        assert (wants.amount, savings.amount) == (usd(40_000), usd(50_000))

    @given(
        income=st.integers(1, 10**9),
        needs=st.integers(-(10**6), 10**9),
        wants=st.integers(-(10**6), 10**9),
    )
    def test_nothing_is_lost_or_counted_twice(self, income, needs, wants):
        spending = [("MEDICAL_DENTAL_CARE", usd(needs)), ("TRAVEL_LODGING", usd(wants))]
        shares = split(usd(income), spending)
        assert total((one.amount for one in shares), "USD") == usd(income)
        assert [one.rule for one in shares] == [50, 30, 20]

    def test_says_nothing_without_an_income(self):
        assert split(usd(0), [("TRAVEL_LODGING", usd(5))]) == ()

    def test_knows_needs_by_their_category(self):
        assert is_need("RENT_AND_UTILITIES_WATER")
        assert not is_need("ENTERTAINMENT_MUSIC_AND_AUDIO")


class TestAnyStartDay:
    @given(start=st.integers(1, 31), day=st.dates(date(2020, 1, 1), date(2032, 12, 31)))
    def test_every_day_lies_in_exactly_one_month_of_the_user(self, start, day):
        """Property 29: a start day that a month does not have is its last day."""
        calendar = Calendar(month_start_day=start)
        here = period_of(Grain.MONTH, day, calendar)
        after = period_of(Grain.MONTH, here.end, calendar)
        assert day in here
        assert tiles([here, after])
        assert here.start.day == start or (start > here.start.day >= 28)
