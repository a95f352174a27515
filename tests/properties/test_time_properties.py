"""What holds for every zone, moment and calendar, and for every text anybody could type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.period import (
    EARLIEST,
    LATEST,
    Calendar,
    Grain,
    Period,
    parse_canonical,
    period_of,
    start_of_day,
    tiles,
    today_in,
)
from intents.lexicon import installed_languages, load_lexicon
from intents.slots.periods import parse_day, parse_periods

GRAINS = [grain for grain in Grain if grain is not Grain.SPAN]

zones = st.sampled_from(sorted(available_timezones()))
# Rules of the future are known, oddities of the past (a Sunday that came twice) are not ours.
seconds = st.integers(
    int(datetime(2012, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2060, 1, 1, tzinfo=UTC).timestamp()),
)
moments = seconds.map(lambda second: datetime.fromtimestamp(second, UTC))
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2080, 12, 31))
calendars = st.builds(
    Calendar,
    week_start=st.integers(0, 6),
    month_start_day=st.integers(1, 28),
    fiscal_start_month=st.integers(1, 12),
    pay_day=st.none() | st.integers(1, 31),
)
grains = st.sampled_from(GRAINS)
steps = st.integers(-60, 60)


class TestEveryMoment:
    @given(zones, moments, grains, calendars)
    def test_lies_in_exactly_one_current_period(self, zone, moment, grain, calendar):
        today = today_in(zone, moment)
        current = period_of(grain, today, calendar)
        around = [current.previous(), current, current.next()]
        assert [today in period for period in around] == [False, True, False]
        assert tiles(around)

    @given(zones, moments)
    def test_lies_between_the_midnights_of_its_day(self, zone, moment):
        start, end = period_of(Grain.DAY, today_in(zone, moment)).bounds(zone)
        assert start <= moment < end

    @given(zones, days)
    def test_has_a_day_that_begins_where_the_one_before_ends(self, zone, day):
        begins = start_of_day(day, zone)
        assert start_of_day(day - timedelta(days=1), zone) <= begins
        assert begins <= start_of_day(day + timedelta(days=1), zone)


class TestEveryPeriod:
    @given(grains, days, calendars, steps, steps)
    def test_shifts_from_its_anchor_and_never_drifts(self, grain, day, calendar, one, other):
        period = period_of(grain, day, calendar)
        assert period.shift(one).shift(other) == period.shift(one + other)
        assert period.shift(one).shift(-one) == period

    @given(grains, days, calendars, steps)
    def test_shifts_to_what_the_calendar_says(self, grain, day, calendar, step):
        moved = period_of(grain, day, calendar).shift(step)
        assert period_of(grain, moved.start, calendar) == moved
        assert period_of(grain, moved.last_day, calendar) == moved

    @given(grains, days, calendars, st.integers(1, 30))
    def test_tiles_with_its_neighbours(self, grain, day, calendar, count):
        first = period_of(grain, day, calendar)
        row = [first.shift(step) for step in range(count)]
        assert tiles(row)
        assert sum(period.days for period in row) == (row[-1].end - first.start).days

    @given(days, st.integers(1, 800), st.sampled_from(Grain))
    def test_round_trips_through_its_canonical_text(self, start, length, grain):
        period = Period(start, start + timedelta(days=length), grain)
        assert parse_canonical(period.canonical()) == period

    @given(days, st.integers(1, 800), days)
    def test_is_cut_at_today_and_no_further(self, start, length, today):
        period = Period(start, start + timedelta(days=length))
        cut = period.to_date(today)
        inside = start + timedelta(days=length // 2)
        assert (inside in cut) == (inside <= today)

    @given(days, st.integers(1, 400), st.sampled_from(Grain))
    def test_has_neighbours_that_do_not_overlap_it(self, start, length, grain):
        period = Period(start, start + timedelta(days=length), grain)
        assert not period.overlaps(period.previous())


LEXICONS = [load_lexicon(*installed_languages()), load_lexicon("en", locale="en_US")]
WORDS = [
    *sorted(LEXICONS[0].periods.words),
    *("1", "2", "3", "25", "31", "99", "0", "2025", "9999", "1.5", "'25", "3/11", "30/2"),
    *("2026-02-30", "16-10-25", "-", "to", "and", "coffee", "4.50", "@", "😀", "q", "fy"),
]
sentences = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
texts = sentences | st.text(max_size=80)


class TestReadingPeriods:
    @pytest.mark.parametrize("lexicon", LEXICONS)
    @given(
        text=texts,
        today=days,
        calendar=calendars,
        direction=st.sampled_from(["past", "future"]),
        focus=st.none() | st.builds(period_of, st.just(Grain.MONTH), days),
    )
    def test_never_raises_and_stays_in_order(
        self, lexicon, text, today, calendar, direction, focus
    ):
        more = {"today": today, "calendar": calendar, "lexicon": lexicon, "direction": direction}
        spans = parse_periods(text, focus=focus, **more)
        assert spans == parse_periods(text, focus=focus, **more)
        end = 0
        for span in spans:
            assert end <= span.start < span.end
            assert EARLIEST <= span.period.start < span.period.end <= LATEST
            end = span.end
        day = parse_day(text, **more)
        assert day is None or day.period.days == 1
