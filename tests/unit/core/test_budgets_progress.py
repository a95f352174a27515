from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.budgets.budget import Budget, BudgetState, Cadence
from core.budgets.progress import BudgetStatus, Progress, progress
from core.budgets.thresholds import newly_crossed, thresholds
from core.ids import UserId
from core.money import Money
from core.period import Grain, Period

MAY = Period(date(2026, 5, 1), date(2026, 6, 1), Grain.MONTH)


def budget(limit: int = 40_000, warn_percent: int = 80) -> Budget:
    return Budget(
        id=1,
        user_id=UserId("user_1"),
        category="FOOD_AND_DRINK",
        limit=Money(limit, "USD"),
        cadence=Cadence.MONTHLY,
        state=BudgetState.ACTIVE,
        started_on=date(2026, 1, 1),
        warn_percent=warn_percent,
    )


def on(day: int, spent: int, limit: int = 40_000) -> Progress:
    return progress(budget(limit), spent=Money(spent, "USD"), period=MAY, today=date(2026, 5, day))


class TestProgress:
    def test_tells_what_is_left_for_each_of_the_days_to_come(self):
        found = on(22, 32_200)
        assert found.left == Money(7_800, "USD")
        assert found.days_left == 9
        assert found.per_day_left == Money(866, "USD")
        assert found.percent_used == Decimal("80.5")

    def test_counts_today_as_gone(self):
        assert on(19, 0).percent_gone == Decimal("61.2")
        assert on(31, 0).percent_gone == Decimal("100.0")
        assert on(31, 0).days_left == 0

    def test_leaves_the_rest_for_the_last_day_itself(self):
        assert on(31, 39_000).per_day_left == Money(1_000, "USD")

    def test_leaves_nothing_a_day_when_the_limit_is_passed(self):
        found = on(10, 41_000)
        assert found.left == Money(-1_000, "USD")
        assert found.per_day_left == Money(0, "USD")

    def test_never_shows_a_percentage_before_it_is_true(self):
        assert on(22, 31_999).percent_used == Decimal("79.9")
        assert on(22, 31_999).status is not BudgetStatus.NEAR
        assert on(22, 32_000).percent_used == Decimal("80.0")
        assert on(22, 32_000).status is BudgetStatus.NEAR

    def test_projects_at_this_pace(self):
        assert on(20, 24_000).projected == Money(37_200, "USD")

    def test_says_nothing_about_the_pace_while_it_is_too_early(self):
        assert on(10, 20_000).projected is None
        assert on(10, 20_000).status is BudgetStatus.ON_TRACK
        assert on(11, 20_000).projected == Money(56_364, "USD")

    def test_does_not_project_a_refund(self):
        found = on(20, -5_000)
        assert found.projected == Money(-5_000, "USD")
        assert found.percent_used == Decimal("-12.5")
        assert found.left == Money(45_000, "USD")

    @pytest.mark.parametrize(
        ("day", "spent", "status"),
        [
            (20, 24_000, BudgetStatus.ON_TRACK),
            (20, 28_000, BudgetStatus.AHEAD),
            (20, 32_000, BudgetStatus.NEAR),
            (20, 40_000, BudgetStatus.NEAR),
            (20, 40_001, BudgetStatus.OVER),
            (1, 40_001, BudgetStatus.OVER),
        ],
    )
    def test_says_how_it_stands(self, day, spent, status):
        assert on(day, spent).status is status

    def test_stays_within_the_period_before_and_after_it(self):
        before = progress(budget(), spent=Money(0, "USD"), period=MAY, today=date(2026, 4, 20))
        after = progress(budget(), spent=Money(100, "USD"), period=MAY, today=date(2026, 7, 1))
        assert (before.percent_gone, before.days_left) == (Decimal("0.0"), 31)
        assert before.projected is None
        assert (after.percent_gone, after.days_left) == (Decimal("100.0"), 0)
        assert after.projected == Money(100, "USD")


class TestNewlyCrossed:
    def crossed(self, spent: int, *already: int, warn_percent: int = 80) -> tuple[int, ...]:
        return newly_crossed(
            budget(warn_percent=warn_percent), spent=Money(spent, "USD"), already=already
        )

    def test_looks_at_the_warning_and_the_limit(self):
        assert thresholds(budget(warn_percent=75)) == (75, 100)

    def test_finds_each_mark_when_it_is_reached_to_the_cent(self):
        assert self.crossed(31_999) == ()
        assert self.crossed(32_000) == (80,)
        assert self.crossed(39_999, 80) == ()
        assert self.crossed(40_000, 80) == (100,)

    def test_finds_both_when_one_purchase_passes_both(self):
        assert self.crossed(50_000) == (80, 100)

    def test_tells_no_mark_twice(self):
        assert self.crossed(50_000, 80, 100) == ()

    def test_tells_no_lower_mark_after_a_higher_one(self):
        assert self.crossed(33_000, 100) == ()

    def test_uses_the_users_own_warning(self):
        assert self.crossed(30_000, warn_percent=75) == (75,)
