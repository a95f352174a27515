"""A month's forecast: what it is made of, its range, and its record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from core.insights.expected import Recurring, recurring
from core.insights.forecast import (
    Kept,
    NotEnoughMonths,
    Spending,
    TooFewCharges,
    forecast,
    record_of,
)
from core.insights.movement import Movement
from core.ledger.entry import Flow
from core.period import Calendar, Grain, period_of

NOTHING = Recurring((), frozenset())
JUNE = period_of(Grain.MONTH, date(2026, 6, 1))


def spent(number, on, minor, payee="Market Hall", category="GROCERIES"):
    return Movement(number, 1, on, minor, "USD", Flow.SPEND, payee.lower(), payee, category)


def daily(first, last, minor=1_000):
    days = (last - first).days + 1
    return [spent(at, first + timedelta(days=at), minor) for at in range(days)]


def spending(rows, known=NOTHING):
    return Spending(tuple(rows), known, Calendar())


class TestForecast:
    def test_says_what_is_missing_below_three_whole_months(self):
        rows = daily(date(2026, 4, 10), date(2026, 5, 31))
        with pytest.raises(NotEnoughMonths) as caught:
            forecast(spending(rows), JUNE, today=date(2026, 5, 31))
        assert caught.value.fields == {"months": 1, "needed": 3}

    def test_says_that_it_is_too_early_with_two_charges_in_nine_months(self):
        rows = [spent(1, date(2025, 9, 3), 4_000), spent(2, date(2026, 4, 9), 2_500)]
        with pytest.raises(TooFewCharges) as caught:
            forecast(spending(rows), JUNE, today=date(2026, 5, 31))
        assert caught.value.fields == {"charges": 1, "needed": 5}

    def test_needs_no_more_of_what_comes_by_the_calendar(self):
        rows = [spent(at, date(2026, at, 3), 90_000, "Landlord") for at in range(2, 6)]
        known = recurring([replace(one, minor=-one.minor) for one in rows], today=date(2026, 5, 31))
        assert forecast(spending(rows, known), JUNE, today=date(2026, 5, 31)).middle == 90_000

    def test_is_the_median_of_the_last_six_months_without_anything_regular(self):
        sums = [10, 90, 20, 30, 40, 50, 60]
        rows = [
            spent(at, date(2025, 11 + at, 9) if at < 2 else date(2026, at - 1, 9), sum_ * 100)
            for at, sum_ in enumerate(sums)
        ]
        told = forecast(spending(rows), JUNE, today=date(2026, 5, 31))
        assert told.middle == 4_500

    def test_follows_the_month_the_more_of_it_has_passed(self):
        rows = daily(date(2026, 1, 1), date(2026, 5, 31))
        usual = forecast(spending(rows), JUNE, today=date(2026, 5, 31)).middle
        dear = [*rows, *(spent(900 + at, date(2026, 6, 1 + at), 3_000) for at in range(20))]
        early = forecast(spending(dear), JUNE, today=date(2026, 6, 5)).middle
        late = forecast(spending(dear), JUNE, today=date(2026, 6, 20)).middle
        assert usual < early < late
        assert late > 60_000

    def test_adds_what_is_still_to_come_by_the_calendar_once(self):
        rent = [
            spent(500 + m, date(2026, m, 20), 90_000, "Landlord", "RENT_AND_UTILITIES_RENT")
            for m in range(1, 6)
        ]
        rows = [*daily(date(2026, 1, 1), date(2026, 6, 10)), *rent]
        seen = [replace(one, minor=-one.minor) for one in rows]
        known = recurring(seen, today=date(2026, 6, 10))
        told = forecast(spending(rows, known), JUNE, today=date(2026, 6, 10))
        assert told.due == 90_000
        assert told.spent == 10_000
        assert abs(told.middle - 120_000) < 1_500

    def test_uses_nothing_booked_after_the_day_it_is_made_on(self):
        rows = daily(date(2026, 1, 1), date(2026, 5, 31))
        later = [*rows, spent(999, date(2026, 6, 3), 500_000)]
        assert forecast(spending(later), JUNE, today=date(2026, 5, 31)) == forecast(
            spending(rows), JUNE, today=date(2026, 5, 31)
        )

    def test_the_range_is_wider_for_somebody_whose_months_differ(self):
        steady = daily(date(2025, 6, 1), date(2026, 5, 31))
        wild = [
            spent(at, one.on, one.minor * (1 + 3 * (one.on.month % 3 == 0)))
            for at, one in enumerate(steady)
        ]
        narrow = forecast(spending(steady), JUNE, today=date(2026, 5, 31))
        wide = forecast(spending(wild), JUNE, today=date(2026, 5, 31))
        assert (narrow.high - narrow.low) / narrow.middle < (wide.high - wide.low) / wide.middle


class TestRecord:
    def test_scores_only_months_that_are_over(self):
        kept = [
            Kept(1, date(2026, 1, 1), 80, 100, 120, 110),
            Kept(2, date(2026, 2, 1), 80, 100, 120, 140),
            Kept(3, date(2026, 3, 1), 80, 100, 120, None),
        ]
        record = record_of(kept)
        assert record is not None
        assert (record.scored, record.held, record.off) == (2, 1, Fraction(50, 250))

    def test_is_nothing_before_the_first_month_is_over(self):
        assert record_of([Kept(3, date(2026, 3, 1), 80, 100, 120)]) is None
