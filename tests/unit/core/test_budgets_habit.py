from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alert import AlertKind
from core.alerts.habits import habit_alerts
from core.budgets.habit import (
    Habit,
    HabitCadence,
    HabitMoveRefused,
    HabitOutOfRange,
    HabitState,
    counted,
    habit_period,
    move,
)
from core.ids import UserId
from core.period import Calendar

TODAY = date(2026, 11, 18)  # a Wednesday
HABIT = Habit(1, UserId("user_1"), 3, HabitCadence.WEEKLY, category="FOOD_AND_DRINK_FAST_FOOD")


def standing(times: int, habit: Habit = HABIT, today: date = TODAY):
    period = habit_period(habit.cadence, today, Calendar())
    return counted(habit, times, period=period, today=today)


class TestHabit:
    @pytest.mark.parametrize("most", [0, -1, 201])
    def test_is_counted_from_once_on(self, most):
        with pytest.raises(HabitOutOfRange):
            replace(HABIT, most=most)

    def test_is_about_a_category_or_a_payee(self):
        with pytest.raises(ValueError, match="payee"):
            replace(HABIT, category="")
        with pytest.raises(ValueError, match="payee"):
            replace(HABIT, merchant_key="uber")

    def test_comes_back_from_deleted_and_nothing_is_deleted_twice(self):
        gone = move(HABIT, HabitState.DELETED)
        assert move(gone, HabitState.ACTIVE) == HABIT
        with pytest.raises(HabitMoveRefused):
            move(gone, HabitState.DELETED)

    @pytest.mark.parametrize(
        ("cadence", "first", "days_left"),
        [
            (HabitCadence.DAILY, date(2026, 11, 18), 0),
            (HabitCadence.WEEKLY, date(2026, 11, 16), 4),
            (HabitCadence.MONTHLY, date(2026, 11, 1), 12),
        ],
    )
    def test_starts_anew_each_day_week_or_month(self, cadence, first, days_left):
        one = standing(1, replace(HABIT, cadence=cadence))
        assert (one.period.start, one.days_left) == (first, days_left)

    def test_follows_the_users_week(self):
        sunday = habit_period(HabitCadence.WEEKLY, TODAY, Calendar(week_start=6))
        assert sunday.start == date(2026, 11, 15)


class TestAlerts:
    def test_are_silent_while_some_are_left(self):
        assert habit_alerts([standing(2)], already=()) == ()

    def test_say_once_that_it_is_used_up_and_once_that_it_is_over(self):
        told: list[str] = []
        kinds = []
        for times in (1, 3, 3, 4, 5, 3):
            new = habit_alerts([standing(times)], already=told)
            kinds += [alert.kind for alert in new]
            told += [alert.dedupe_key for alert in new]
        assert kinds == [AlertKind.HABIT_FULL, AlertKind.HABIT_OVER]

    def test_say_only_the_higher_when_both_are_passed_at_once(self):
        (alert,) = habit_alerts([standing(5)], already=())
        assert alert.kind is AlertKind.HABIT_OVER
        assert habit_alerts([standing(3)], already=[alert.dedupe_key]) == ()

    def test_begin_anew_in_the_next_period(self):
        (alert,) = habit_alerts([standing(3)], already=())
        later = standing(3, today=date(2026, 11, 24))
        assert len(habit_alerts([later], already=[alert.dedupe_key])) == 1

    @given(st.lists(st.integers(0, 9), max_size=30))
    def test_come_at_most_twice_in_a_period(self, counts):
        told: list[str] = []
        for times in counts:
            told += [one.dedupe_key for one in habit_alerts([standing(times)], already=told)]
        assert len(told) == len(set(told)) <= 2
