from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from core.alerts.quiet_hours import is_quiet, next_allowed
from core.period import ZoneUnknown

MADRID = "Europe/Madrid"


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def wait(now: datetime, start: time, end: time, zone: str = MADRID) -> datetime:
    return next_allowed(now, zone=zone, start=start, end=end)


class TestNextAllowed:
    @pytest.mark.parametrize(
        ("now", "allowed"),
        [
            (utc(11, 21, 20, 59), utc(11, 21, 20, 59)),
            (utc(11, 21, 21), utc(11, 22, 7)),
            (utc(11, 22, 6, 59), utc(11, 22, 7)),
            (utc(11, 22, 7), utc(11, 22, 7)),
        ],
    )
    def test_waits_for_the_morning_on_the_users_clock(self, now, allowed):
        assert wait(now, time(22), time(8)) == allowed

    def test_knows_quiet_hours_within_a_day(self):
        assert wait(utc(11, 21, 13), time(13), time(16)) == utc(11, 21, 15)

    def test_knows_no_quiet_hours(self):
        assert wait(utc(11, 21, 3), time(8), time(8)) == utc(11, 21, 3)

    def test_waits_an_hour_less_in_the_night_in_which_the_clock_goes_forward(self):
        # 29 March 2026: 02:00 becomes 03:00 in Madrid.
        assert wait(utc(3, 28, 21), time(22), time(8)) - utc(3, 28, 21) == timedelta(hours=9)

    def test_waits_an_hour_more_in_the_night_in_which_it_goes_back(self):
        assert wait(utc(10, 24, 20), time(22), time(8)) - utc(10, 24, 20) == timedelta(hours=11)

    def test_ends_after_the_gap_when_its_end_is_skipped(self):
        assert wait(utc(3, 29, 0), time(22), time(2, 30)) == utc(3, 29, 1, 30)

    def test_ends_again_when_the_clock_went_back_into_it(self):
        # 25 October 2026: 02:30 comes at 00:30 and again at 01:30 UTC.
        assert wait(utc(10, 24, 22), time(22), time(2, 30)) == utc(10, 25, 0, 30)
        assert wait(utc(10, 25, 1, 15), time(22), time(2, 30)) == utc(10, 25, 1, 30)

    def test_refuses_a_zone_that_is_none(self):
        with pytest.raises(ZoneUnknown):
            wait(utc(11, 21, 3), time(22), time(8), zone="Mars/Olympus")


class TestIsQuiet:
    @pytest.mark.parametrize(("hour", "quiet"), [(20, False), (21, True), (6, True), (7, False)])
    def test_begins_with_its_start_and_does_not_include_its_end(self, hour, quiet):
        now = utc(11, 21, hour)
        assert is_quiet(now, zone=MADRID, start=time(22), end=time(8)) is quiet
