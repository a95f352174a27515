"""What holds for every budget, whatever is spent, moved or told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.budgets.budget import Budget, BudgetState, Cadence, period_on, spent_within
from core.budgets.progress import BudgetStatus, progress
from core.budgets.thresholds import newly_crossed
from core.ids import UserId
from core.money import Money
from core.period import Calendar, tiles

CATEGORIES = ("FOOD_COFFEE", "FOOD_GROCERIES", "RIDES_TAXI", "RIDES_BUS", "user:cats")
PRIMARIES = {"FOOD_COFFEE": "FOOD", "FOOD_GROCERIES": "FOOD", "RIDES_TAXI": "RIDES"}
PRIMARIES |= {"RIDES_BUS": "RIDES", "user:cats": "user:cats"}

minors = st.integers(min_value=-10_000_000, max_value=10_000_000)
limits = st.integers(min_value=1, max_value=10_000_000)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
repeating = st.sampled_from([one for one in Cadence if one is not Cadence.ONCE])
calendars = st.builds(
    Calendar,
    week_start=st.integers(min_value=0, max_value=6),
    month_start_day=st.integers(min_value=1, max_value=28),
)


def primary_of(category: str) -> str:
    return PRIMARIES.get(category, category)


def budget(category: str, limit: int = 10_000, cadence: Cadence = Cadence.MONTHLY) -> Budget:
    return Budget(
        id=1,
        user_id=UserId("user_1"),
        category=category,
        limit=Money(limit, "USD"),
        cadence=cadence,
        state=BudgetState.ACTIVE,
        started_on=date(2026, 1, 1),
    )


def totals(entries: list[tuple[str, int]]) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for category, minor in entries:
        found[category] = found.get(category, Money(0, "USD")) + Money(minor, "USD")
    return found


entries = st.lists(st.tuples(st.sampled_from(CATEGORIES), minors), max_size=30)


class TestPeriods:
    @given(begun=days, length=st.integers(0, 400), asked=days, calendar=calendars)
    def test_of_a_budget_for_some_days_are_those_days(self, begun, length, asked, calendar):
        last = begun + timedelta(days=length)
        some = replace(budget("FOOD_COFFEE", cadence=Cadence.ONCE), started_on=begun, ends_on=last)
        period = period_on(some, asked, calendar)
        assert (period.start, period.last_day) == (begun, last)
        assert some.runs_on(asked) is (asked in period)

    @given(day=days, cadence=repeating, calendar=calendars)
    def test_tile_time_so_that_each_day_is_in_exactly_one(self, day, cadence, calendar):
        one = budget("FOOD", cadence=cadence)
        period = period_on(one, day, calendar)
        before = period_on(one, period.start - timedelta(days=1), calendar)
        after = period_on(one, period.end, calendar)
        assert day in period
        assert tiles([before, period, after])


class TestSpending:
    @given(entries=entries, cut=st.integers(min_value=0, max_value=30))
    def test_over_parts_adds_up_to_spending_over_the_whole(self, entries, cut):
        one = budget("FOOD")
        parts = [totals(entries[:cut]), totals(entries[cut:])]
        whole = spent_within(one, totals(entries), primary_of)
        assert sum((spent_within(one, part, primary_of).minor for part in parts), 0) == whole.minor

    @given(entries=entries.filter(bool), to=st.sampled_from(CATEGORIES), data=st.data())
    def test_moves_exactly_the_two_budgets_concerned(self, entries, to, data):
        index = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
        source, minor = entries[index]
        moved = [*entries[:index], (to, minor), *entries[index + 1 :]]
        for primary in ("FOOD", "RIDES", "user:cats"):
            one = budget(primary)
            before = spent_within(one, totals(entries), primary_of).minor
            after = spent_within(one, totals(moved), primary_of).minor
            gained = minor * ((primary_of(to) == primary) - (primary_of(source) == primary))
            assert after - before == gained

    @given(entries=entries, minor=minors)
    def test_is_back_where_it_was_after_a_purchase_and_its_refund(self, entries, minor):
        one = budget("FOOD")
        there_and_back = [*entries, ("FOOD_COFFEE", minor), ("FOOD_COFFEE", -minor)]
        assert spent_within(one, totals(there_and_back), primary_of) == spent_within(
            one, totals(entries), primary_of
        )


class TestProgress:
    @given(limit=limits, spent=minors, day=days, cadence=repeating)
    def test_adds_up(self, limit, spent, day, cadence):
        one = budget("FOOD", limit, cadence)
        period = period_on(one, day)
        found = progress(one, spent=Money(spent, "USD"), period=period, today=day)
        assert found.spent + found.left == one.limit
        assert 0 <= found.days_left < period.days
        assert found.per_day_left.minor * max(found.days_left, 1) <= max(found.left.minor, 0)
        assert (found.status is BudgetStatus.OVER) == (found.left.minor < 0)
        assert (found.percent_used >= 80) == (spent * 100 >= limit * 80)

    @given(limit=limits, spent=minors, day=days, factor=st.integers(min_value=2, max_value=50))
    def test_says_the_same_in_a_currency_of_smaller_units(self, limit, spent, day, factor):
        one = budget("FOOD", limit)
        period = period_on(one, day)
        plain = progress(one, spent=Money(spent, "USD"), period=period, today=day)
        scaled = progress(
            replace(one, limit=Money(limit * factor, "USD")),
            spent=Money(spent * factor, "USD"),
            period=period,
            today=day,
        )
        assert plain.percent_used == scaled.percent_used
        assert plain.percent_gone == scaled.percent_gone


class TestThresholds:
    @given(
        limit=limits,
        steps=st.lists(st.tuples(minors, st.booleans(), limits), min_size=1, max_size=40),
    )
    def test_are_told_at_most_once_in_a_period_whatever_is_spent_refunded_or_edited(
        self, limit, steps
    ):
        told: list[int] = []
        one, spent = budget("FOOD", limit), 0
        for change, edits, new_limit in steps:
            spent += change
            if edits:
                one = replace(one, limit=Money(new_limit, "USD"))
            told += newly_crossed(one, spent=Money(spent, "USD"), already=told)
        assert len(told) == len(set(told))
        assert told == sorted(told)

    @given(limit=limits, purchases=st.lists(st.integers(min_value=1, max_value=10**6), max_size=40))
    def test_are_all_told_once_spending_has_passed_them(self, limit, purchases):
        told: list[int] = []
        one, spent = budget("FOOD", limit), 0
        for purchase in purchases:
            spent += purchase
            told += newly_crossed(one, spent=Money(spent, "USD"), already=told)
        assert told == [mark for mark in (80, 100) if spent * 100 >= limit * mark]
