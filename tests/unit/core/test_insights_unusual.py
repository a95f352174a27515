"""Charges that stand out: what is said, what is not, and how often."""

from __future__ import annotations

from datetime import date, timedelta

from core.insights.movement import Movement
from core.insights.unusual import ROWS_EACH, Reason, since, unusual
from core.ledger.entry import Flow

FIRST = date(2026, 1, 1)


def charge(number, minor, payee="Market Hall", *, day=None, category="GROCERIES", account=1):
    on = FIRST + timedelta(days=number if day is None else day)
    return Movement(number, account, on, minor, "USD", Flow.SPEND, payee.lower(), payee, category)


def usual(count, payee="Market Hall", start=0, step=4):
    return [
        charge(start + at, 4_000 + 37 * (at % 9), payee, day=start + at * step)
        for at in range(count)
    ]


class TestUnusual:
    def test_names_a_charge_far_above_the_usual_range_there(self):
        rows = [*usual(12), charge(99, 21_200, day=60)]
        (found,) = unusual(rows)
        assert found.reason is Reason.HIGH_AT_MERCHANT
        assert (found.low, found.high) == (4_000, 4_259)
        assert found.movement.entry_id == 99

    def test_is_silent_about_what_is_within_reach_of_the_largest(self):
        assert unusual([*usual(12), charge(99, 6_500, day=60)]) == ()

    def test_needs_five_points_to_compare_with(self):
        assert unusual([*usual(4), charge(99, 90_000, day=60)]) == ()
        assert len(unusual([*usual(5), charge(99, 90_000, day=60)])) == 1

    def test_compares_with_the_category_where_the_merchant_is_new(self):
        rows = [*usual(12), charge(99, 40_000, "New Shop", day=60)]
        (found,) = unusual(rows)
        assert found.reason is Reason.HIGH_IN_CATEGORY

    def test_names_a_large_first_charge_of_another_kind(self):
        rows = [*usual(40), charge(99, 40_000, "Watch Maker", day=300, category="OTHER")]
        (found,) = unusual(rows)
        assert found.reason is Reason.FIRST_AND_LARGE

    def test_names_the_same_charge_twice_within_three_days(self):
        rows = [*usual(12), charge(98, 4_510, "Shell", day=60), charge(99, 4_510, "Shell", day=62)]
        (found,) = unusual(rows)
        assert found.reason is Reason.TWICE
        assert found.twin is not None
        assert found.twin.entry_id == 98

    def test_twice_on_two_accounts_or_four_days_apart_is_no_double(self):
        apart = [charge(98, 4_510, "Shell", day=60), charge(99, 4_510, "Shell", day=64)]
        assert unusual([*usual(12), *apart]) == ()
        other = [charge(98, 4_510, "Shell", day=60), charge(99, 4_510, "Shell", day=60, account=2)]
        assert unusual([*usual(12), *other]) == ()

    def test_a_daily_fare_is_no_double(self):
        rides = [charge(at, 4_000, "Metro", day=at) for at in range(40)]
        assert unusual(rides[3:]) == () or all(one.movement.entry_id < 8 for one in unusual(rides))

    def test_what_comes_back_by_the_calendar_is_never_said(self):
        rows = [*usual(12), charge(99, 21_200, day=60)]
        assert unusual(rows, explained=frozenset({99})) == ()

    def test_says_at_most_one_for_forty_rows_over_time(self):
        rows = []
        for at in range(400):
            if at % 5 == 4:
                rows.append(charge(at, 40_000 + at * 900, f"New {at}", category=f"C{at}"))
            else:
                rows.append(charge(at, 4_000 + at % 7))
        found = unusual(rows)
        assert found
        assert len(found) <= 1 + len(rows) / ROWS_EACH

    def test_later_rows_change_nothing_about_earlier_ones(self):
        rows = [*usual(12), charge(99, 21_200, day=60)]
        assert unusual([*rows, *usual(30, start=200)])[: len(unusual(rows))] == unusual(rows)

    def test_the_newest_come_first(self):
        rows = [*usual(12), charge(98, 21_200, day=60), charge(99, 40_000, "Fabric", day=62)]
        found = since(unusual([*usual(60, "Corner", start=300), *rows]), FIRST)
        assert [one.movement.on for one in found] == sorted(
            (one.movement.on for one in found), reverse=True
        )
