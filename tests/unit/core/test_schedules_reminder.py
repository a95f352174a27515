"""When a reminder comes: on the user's clock, in order, in short months and leap years."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.ids import UserId
from core.schedules.reminder import (
    REMINDER_MOVES,
    Every,
    Reminder,
    ReminderMoveRefused,
    ReminderPast,
    ReminderState,
    ReminderTooFar,
    at_clock,
    come,
    first_day,
    in_time,
    move,
    moved,
    next_day,
)

MADRID, NEW_YORK = "Europe/Madrid", "America/New_York"
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def reminder(day: date, clock: time | None, every: Every = Every.ONCE, anchor: int = 0) -> Reminder:
    due = at_clock(day, clock, MADRID) if clock else NOW
    return Reminder(UserId("usr_1"), "call", day, clock, due, every, anchor)


class TestAtClock:
    def test_is_what_clocks_there_show(self) -> None:
        assert at_clock(date(2026, 11, 20), time(18), MADRID) == datetime(
            2026, 11, 20, 17, tzinfo=UTC
        )

    def test_of_a_time_that_is_skipped_is_as_much_later(self) -> None:
        # On 29 March 2026 clocks in Madrid go from 02:00 to 03:00.
        assert at_clock(date(2026, 3, 29), time(2, 30), MADRID) == datetime(
            2026, 3, 29, 1, 30, tzinfo=UTC
        )

    def test_of_a_time_that_comes_twice_is_the_first(self) -> None:
        # On 25 October 2026 clocks in Madrid show 02:30 twice.
        assert at_clock(date(2026, 10, 25), time(2, 30), MADRID) == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )


class TestNextDay:
    @pytest.mark.parametrize(
        ("day", "every", "anchor", "following"),
        [
            ("2026-11-18", Every.ONCE, 0, None),
            ("2026-12-31", Every.DAY, 0, "2027-01-01"),
            ("2026-11-20", Every.WEEKDAY, 0, "2026-11-23"),
            ("2026-11-21", Every.WEEKDAY, 0, "2026-11-23"),
            ("2026-11-22", Every.WEEKDAY, 0, "2026-11-23"),
            ("2026-11-23", Every.WEEKDAY, 0, "2026-11-24"),
            ("2026-12-28", Every.WEEK, 0, "2027-01-04"),
            ("2026-12-28", Every.FORTNIGHT, 0, "2027-01-11"),
            ("2027-01-31", Every.MONTH, 31, "2027-02-28"),
            ("2027-02-28", Every.MONTH, 31, "2027-03-31"),
            ("2026-12-05", Every.MONTH, 5, "2027-01-05"),
            ("2028-02-29", Every.YEAR, 29, "2029-02-28"),
            ("2031-02-28", Every.YEAR, 29, "2032-02-29"),
        ],
    )
    def test_follows(self, day: str, every: Every, anchor: int, following: str | None) -> None:
        expected = date.fromisoformat(following) if following else None
        assert next_day(date.fromisoformat(day), every, anchor) == expected

    def test_of_workdays_begins_on_one(self) -> None:
        assert first_day(date(2026, 11, 21), Every.WEEKDAY) == date(2026, 11, 23)
        assert first_day(date(2026, 11, 21), Every.DAY) == date(2026, 11, 21)


class TestCome:
    def test_ends_what_comes_once(self) -> None:
        one = reminder(date(2026, 11, 18), time(12))
        due, after = come(one, now=NOW, zone=MADRID)
        assert due == one.due_at
        assert after.state is ReminderState.DONE

    def test_tells_what_comes_once_however_late(self) -> None:
        one = reminder(date(2026, 10, 1), time(12))
        assert come(one, now=NOW, zone=MADRID)[0] == one.due_at

    def test_melts_what_was_missed_into_the_last_of_it(self) -> None:
        one = reminder(date(2026, 11, 10), time(12), Every.DAY)
        due, after = come(one, now=NOW, zone=MADRID)
        assert due == at_clock(date(2026, 11, 18), time(12), MADRID)
        assert after.day == date(2026, 11, 19)

    def test_leaves_out_what_is_too_late_to_be_useful(self) -> None:
        one = reminder(date(2026, 11, 17), time(23), Every.DAY)
        now = at_clock(date(2026, 11, 18), time(11, 1), MADRID)
        due, after = come(one, now=now, zone=MADRID)
        assert due is None
        assert after.day == date(2026, 11, 18)

    def test_keeps_the_time_on_the_clock_when_clocks_are_changed(self) -> None:
        one = reminder(date(2026, 10, 24), time(9), Every.DAY)
        _, after = come(one, now=one.due_at, zone=MADRID)
        assert after.due_at - one.due_at == timedelta(hours=25)


class TestMoved:
    def test_keeps_the_clock_in_another_zone(self) -> None:
        one = reminder(date(2026, 11, 20), time(18))
        assert moved(one, NEW_YORK).due_at == at_clock(date(2026, 11, 20), time(18), NEW_YORK)

    def test_leaves_a_bare_moment(self) -> None:
        one = reminder(date(2026, 11, 18), None)
        assert moved(one, NEW_YORK) == one


class TestInTime:
    def test_refuses_what_is_over_or_too_far(self) -> None:
        with pytest.raises(ReminderPast):
            in_time(NOW, now=NOW)
        with pytest.raises(ReminderTooFar):
            in_time(NOW + timedelta(days=5000), now=NOW)
        assert in_time(NOW + timedelta(minutes=1), now=NOW) > NOW


class TestMove:
    @pytest.mark.parametrize("state", ReminderState)
    def test_goes_only_where_the_table_says(self, state: ReminderState) -> None:
        one = replace(reminder(date(2026, 11, 20), time(18)), state=state)
        for to in ReminderState:
            if to in REMINDER_MOVES[state]:
                assert move(one, to).state is to
            else:
                with pytest.raises(ReminderMoveRefused):
                    move(one, to)
