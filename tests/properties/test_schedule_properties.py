"""What holds for quiet hours and for what is due at a local hour, in every zone, on every night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from core.alerts.quiet_hours import is_quiet, next_allowed
from core.schedules.due import next_daily, next_monthly

FIRST, LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)

zones = st.sampled_from(sorted(available_timezones()))
# Clocks that change by an hour, by half an hour, at midnight, and not at all.
changing = st.sampled_from(
    ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut"]
)
seconds = st.integers(int(FIRST.timestamp()), int(LAST.timestamp()))
moments = seconds.map(lambda second: datetime.fromtimestamp(second, UTC))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
hours = st.integers(0, 23)


@cache
def changes(zone: str) -> list[datetime]:
    """Return the moments, to the half hour, at which clocks in ``zone`` are changed in 2026."""
    where, found = ZoneInfo(zone), []
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year == 2026:
        later = moment + timedelta(minutes=30)
        if moment.astimezone(where).utcoffset() != later.astimezone(where).utcoffset():
            found.append(later)
        moment = later
    return found


class TestQuietHours:
    def check(self, now: datetime, zone: str, start: time, end: time) -> None:
        allowed = next_allowed(now, zone=zone, start=start, end=end)
        assert allowed >= now
        assert not is_quiet(allowed, zone=zone, start=start, end=end)
        assert (allowed == now) == (not is_quiet(now, zone=zone, start=start, end=end))
        # A gap may swallow the one hour in which talking is allowed; else a day is enough.
        loud = (start.hour - end.hour) * 60 + start.minute - end.minute
        assert allowed - now <= timedelta(hours=25 if loud % 1440 > 120 else 49)

    @given(moments, zones, clocks, clocks)
    def test_end_outside_themselves_and_within_a_day(self, now, zone, start, end):
        self.check(now, zone, start, end)

    @given(changing, st.integers(0, 1), st.integers(-600, 600), clocks, clocks)
    def test_do_so_in_the_nights_in_which_clocks_change(self, zone, which, minutes, start, end):
        change = changes(zone)[which]
        self.check(change + timedelta(minutes=minutes), zone, start, end)

    @given(moments, zones, clocks, clocks)
    def test_hold_back_no_longer_than_the_clock_says_but_for_a_gap(self, now, zone, start, end):
        allowed = next_allowed(now, zone=zone, start=start, end=end)
        steps = range(int((allowed - now) / timedelta(minutes=15)))
        loud = [
            count
            for count in steps
            if not is_quiet(now + timedelta(minutes=15 * count), zone=zone, start=start, end=end)
        ]
        # Only after a gap may the end come later, by as much as the clock jumped.
        assert len(loud) <= 4 * 2


class TestWhatIsDueDaily:
    @given(moments, zones, hours)
    def test_comes_once_for_each_day_in_order(self, start, zone, hour):
        due = [start]
        for _ in range(40):
            due.append(next_daily(due[-1], hour=hour, zone=zone))
        days = [moment.astimezone(ZoneInfo(zone)).date() for moment in due[1:]]
        assert all(one < other for one, other in pairwise(due))
        assert all((other - one).days == 1 for one, other in pairwise(days))

    @given(moments, changing, hours, st.integers(0, 10**6))
    def test_is_the_same_from_whichever_moment_it_is_asked(self, start, zone, hour, share):
        first = next_daily(start, hour=hour, zone=zone)
        second = next_daily(first, hour=hour, zone=zone)
        between = first + (second - first) * share / (10**6 + 1)
        assert next_daily(between, hour=hour, zone=zone) == second

    @given(moments, zones, hours)
    def test_comes_at_that_hour_or_just_after_a_gap(self, start, zone, hour):
        due = next_daily(start, hour=hour, zone=zone).astimezone(ZoneInfo(zone))
        assert due.hour == hour or due.hour == (hour + 1) % 24


class TestWhatIsDueMonthly:
    @given(moments, zones, st.integers(1, 31), hours)
    def test_comes_once_for_each_month_in_order(self, start, zone, day, hour):
        due = [start]
        for _ in range(26):
            due.append(next_monthly(due[-1], day=day, hour=hour, zone=zone))
        local = [moment.astimezone(ZoneInfo(zone)) for moment in due[1:]]
        numbers = [moment.year * 12 + moment.month for moment in local]
        assert all(other - one == 1 for one, other in pairwise(numbers))

    @given(st.integers(2016, 2039), zones, hours)
    def test_comes_on_the_last_day_of_a_month_that_is_too_short(self, year, zone, hour):
        before = datetime(year, 2, 10, tzinfo=UTC)
        due = next_monthly(before, day=31, hour=hour, zone=zone).astimezone(ZoneInfo(zone))
        assert (due.date() + timedelta(days=1)).day == 1
        assert due.date() < date(year, 3, 1)
