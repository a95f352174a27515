from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.budgets.budget import (
    BUDGET_MOVES,
    Budget,
    BudgetDaysReversed,
    BudgetLimitTooLow,
    BudgetMoveRefused,
    BudgetState,
    BudgetWarningOutOfRange,
    Cadence,
    covers,
    move,
    period_on,
    spent_within,
)
from core.ids import UserId
from core.money import Money
from core.period import Calendar

PRIMARY = {
    "FOOD_AND_DRINK_COFFEE": "FOOD_AND_DRINK",
    "FOOD_AND_DRINK_GROCERIES": "FOOD_AND_DRINK",
    "FOOD_AND_DRINK": "FOOD_AND_DRINK",
    "TRANSPORTATION_GAS": "TRANSPORTATION",
    "user:cats": "GENERAL_MERCHANDISE",
    # A name that only looks like part of food: a prefix would wrongly count it.
    "FOOD_AND_DRINK_FOR_DOGS": "PETS",
}


def primary_of(category: str) -> str:
    return PRIMARY.get(category, category)


def budget(category: str = "FOOD_AND_DRINK", **more: object) -> Budget:
    plain = Budget(
        id=3,
        user_id=UserId("user_1"),
        category=category,
        limit=Money(40_000, "USD"),
        cadence=Cadence.MONTHLY,
        state=BudgetState.ACTIVE,
        started_on=date(2026, 11, 3),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


class TestABudget:
    def test_has_a_handle(self):
        assert budget().handle == "budget:3"

    def test_warns_at_80_per_cent_unless_told_otherwise(self):
        assert budget().warn_percent == 80
        assert budget(warn_percent=75).warn_percent == 75

    @pytest.mark.parametrize("minor", [0, -1])
    def test_refuses_a_limit_of_nothing(self, minor):
        with pytest.raises(BudgetLimitTooLow):
            budget(limit=Money(minor, "USD"))

    @pytest.mark.parametrize("percent", [0, 100, -5])
    def test_refuses_a_warning_that_cannot_come_before_the_limit(self, percent):
        with pytest.raises(BudgetWarningOutOfRange):
            budget(warn_percent=percent)


class TestMove:
    @pytest.mark.parametrize("state", BudgetState)
    def test_goes_where_the_table_says_and_nowhere_else(self, state):
        start = budget(state=state)
        for to in BudgetState:
            if to in BUDGET_MOVES[state]:
                assert move(start, to) == replace(start, state=to)
            else:
                with pytest.raises(BudgetMoveRefused):
                    move(start, to)

    def test_brings_every_state_back_so_that_undo_works(self):
        for state, targets in BUDGET_MOVES.items():
            assert all(state in BUDGET_MOVES[to] for to in targets)


class TestPeriodOn:
    def test_is_the_whole_month_even_when_the_budget_started_in_its_middle(self):
        period = period_on(budget(), date(2026, 11, 21))
        assert (period.start, period.end) == (date(2026, 11, 1), date(2026, 12, 1))

    def test_follows_the_week_across_the_new_year(self):
        period = period_on(budget(cadence=Cadence.WEEKLY), date(2027, 1, 1))
        assert (period.start, period.end) == (date(2026, 12, 28), date(2027, 1, 4))

    def test_takes_the_users_own_month_and_week(self):
        calendar = Calendar(week_start=6, month_start_day=25)
        monthly = period_on(budget(), date(2026, 11, 21), calendar)
        weekly = period_on(budget(cadence=Cadence.WEEKLY), date(2026, 11, 21), calendar)
        assert monthly.start == date(2026, 10, 25)
        assert weekly.start == date(2026, 11, 15)

    def test_is_the_calendar_year(self):
        period = period_on(budget(cadence=Cadence.ANNUAL), date(2028, 2, 29))
        assert (period.start, period.end) == (date(2028, 1, 1), date(2029, 1, 1))


class TestCovers:
    def test_lets_a_primary_budget_cover_its_detailed_categories(self):
        assert covers(budget(), "FOOD_AND_DRINK_COFFEE", primary_of)
        assert covers(budget(), "FOOD_AND_DRINK", primary_of)

    def test_lets_a_detailed_budget_cover_itself_only(self):
        coffee = budget("FOOD_AND_DRINK_COFFEE")
        assert covers(coffee, "FOOD_AND_DRINK_COFFEE", primary_of)
        assert not covers(coffee, "FOOD_AND_DRINK_GROCERIES", primary_of)
        assert not covers(coffee, "FOOD_AND_DRINK", primary_of)

    def test_asks_the_tree_and_not_the_spelling(self):
        assert not covers(budget(), "FOOD_AND_DRINK_FOR_DOGS", primary_of)

    def test_takes_categories_of_the_users_own(self):
        assert covers(budget("user:cats"), "user:cats", primary_of)
        assert covers(budget("GENERAL_MERCHANDISE"), "user:cats", primary_of)


class TestSpentWithin:
    def test_adds_what_counts_and_takes_refunds_off(self):
        spending = {
            "FOOD_AND_DRINK_COFFEE": Money(1_250, "USD"),
            "FOOD_AND_DRINK_GROCERIES": Money(-300, "USD"),
            "TRANSPORTATION_GAS": Money(9_999, "USD"),
        }
        assert spent_within(budget(), spending, primary_of) == Money(950, "USD")

    def test_is_nothing_without_spending(self):
        assert spent_within(budget(), {}, primary_of) == Money(0, "USD")

    def test_refuses_to_add_another_currency(self):
        with pytest.raises(ValueError, match="currencies"):
            spent_within(budget(), {"FOOD_AND_DRINK_COFFEE": Money(1, "EUR")}, primary_of)


def trip(**more: object) -> Budget:
    days = {"started_on": date(2026, 12, 1), "ends_on": date(2027, 1, 15)}
    return budget("TRAVEL", cadence=Cadence.ONCE, **(days | more))


class TestABudgetForSomeDays:
    def test_has_one_period_whichever_day_it_is(self):
        for day in (date(2026, 11, 1), date(2026, 12, 24), date(2027, 3, 1)):
            period = period_on(trip(), day)
            assert (period.start, period.last_day) == (date(2026, 12, 1), date(2027, 1, 15))

    @pytest.mark.parametrize(
        ("day", "runs"),
        [
            (date(2026, 11, 30), False),
            (date(2026, 12, 1), True),
            (date(2027, 1, 15), True),
            (date(2027, 1, 16), False),
        ],
    )
    def test_counts_from_its_first_day_to_its_last(self, day, runs):
        assert trip().runs_on(day) is runs
        assert not trip(state=BudgetState.PAUSED).runs_on(day)

    def test_that_goes_on_never_ends(self):
        assert budget().runs_on(date(2099, 1, 1))
        assert not budget().runs_on(date(2026, 11, 2))

    def test_refuses_days_that_run_backwards(self):
        with pytest.raises(BudgetDaysReversed):
            budget(started_on=date(2026, 12, 2), ends_on=date(2026, 12, 1))
