"""Each local time once: with no beat or five, over changed clocks, year ends and 29 February."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.ids import UserId
from core.schedules.reminder import (
    Every,
    Reminder,
    ReminderState,
    at_clock,
    come,
    first_day,
    next_day,
)

zones = st.sampled_from(
    [
        *("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"),
        *("Asia/Beirut", "America/Santiago", "Asia/Kolkata", "Pacific/Apia", "UTC"),
    ]
)
days = st.dates(date(2023, 12, 1), date(2028, 3, 31))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
often = st.sampled_from([every for every in Every if every is not Every.ONCE])
# How long after one beat the next one comes, in minutes: often, or after a day without any.
beats = st.lists(st.sampled_from([0, 1, 15, 60, 600, 1500, 5000]), min_size=10, max_size=40)


def made(day: date, clock: time, zone: str, every: Every) -> Reminder:
    day = first_day(day, every)
    return Reminder(
        UserId("usr_1"), "x", day, clock, at_clock(day, clock, zone), every, anchor=day.day
    )


def told(one: Reminder, zone: str, gaps: list[int], workers: int) -> list[datetime]:
    """Return the due times told, when several workers look at each beat and one of them moves on.

    A worker that looks at what another has moved on changes nothing, as the store's compare and
    set has it.
    """
    now, found = one.due_at - timedelta(minutes=1), []
    for gap in gaps:
        now += timedelta(minutes=gap)
        seen = one
        for _ in range(workers):
            if seen is not one or one.due_at > now or one.state is not ReminderState.ACTIVE:
                continue
            due, one = come(seen, now=now, zone=zone)
            if due is not None:
                found.append(due)
    return found


@given(days, clocks, zones, often, beats)
def test_each_time_is_told_once_whatever_the_number_of_beats(day, clock, zone, every, gaps):
    one = made(day, clock, zone, every)
    alone, five = told(one, zone, gaps, 1), told(one, zone, gaps, 5)
    assert alone == five
    assert all(first < second for first, second in pairwise(alone))


@given(days, clocks, zones, often)
def test_no_time_is_missed_while_somebody_looks(day, clock, zone, every):
    one = made(day, clock, zone, every)
    expected, found = [], []
    following: date | None = one.day
    for _ in range(30):
        assert following is not None
        expected.append(at_clock(following, clock, zone))
        following = next_day(following, every, one.anchor)
    for moment in expected:
        due, one = come(one, now=moment, zone=zone)
        found.append(due)
    assert found == expected


@given(days, clocks, zones, often)
def test_the_clock_shows_the_wanted_time_or_a_gap(day, clock, zone, every):
    one = made(day, clock, zone, every)
    for _ in range(40):
        local = one.due_at.astimezone(ZoneInfo(zone))
        skipped = local.replace(tzinfo=None) - datetime.combine(one.day, clock)
        # Where clocks skip that time (once in Apia a whole day), it is as much later.
        assert timedelta(0) <= skipped <= timedelta(days=1)
        if skipped:
            naive = datetime.combine(one.day, clock, ZoneInfo(zone))
            assert naive.astimezone(UTC).astimezone(ZoneInfo(zone)) != naive
        one = come(one, now=one.due_at, zone=zone)[1]


@given(st.integers(1, 31), clocks, zones)
def test_every_month_has_its_day(anchor, clock, zone):
    day = date(2027, 1, anchor)
    one = replace(made(day, clock, zone, Every.MONTH), anchor=anchor)
    for _ in range(30):
        before = one.day
        one = come(one, now=one.due_at, zone=zone)[1]
        assert (one.day.year * 12 + one.day.month) - (before.year * 12 + before.month) == 1
        assert one.day.day == anchor or (one.day + timedelta(days=1)).day == 1


@given(st.integers(2020, 2090), clocks, zones)
def test_the_leap_day_comes_every_year(year, clock, zone):
    leap = date(year - year % 4, 2, 29)
    one = made(leap, clock, zone, Every.YEAR)
    years = []
    for _ in range(9):
        assert one.day.month == 2
        assert (one.day + timedelta(days=1)).month == 3
        years.append(one.day.year)
        one = come(one, now=one.due_at, zone=zone)[1]
    assert years == list(range(leap.year, leap.year + 9))
