"""The next time at a local hour, where clocks change and months are short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.schedules.due import ScheduleKind, is_still_useful, next_daily, next_monthly

ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Europe/Madrid", "Pacific/Apia", "Africa/Cairo")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, ...


class TestNextDaily:
    def test_is_today_before_the_hour_and_tomorrow_at_it(self) -> None:
        at_eight = utc(2026, 11, 18, 13)
        early = at_eight - timedelta(seconds=1)
        assert next_daily(early, hour=8, zone="America/New_York") == at_eight
        assert next_daily(at_eight, hour=8, zone="America/New_York") == utc(2026, 11, 19, 13)

    def test_waits_out_an_hour_that_the_clocks_skip(self) -> None:
        before = utc(2026, 3, 8, 6)
        assert next_daily(before, hour=2, zone="America/New_York") == utc(2026, 3, 8, 7)

    def test_takes_the_first_of_an_hour_that_comes_twice(self) -> None:
        before = utc(2026, 11, 1, 4)
        first = next_daily(before, hour=1, zone="America/New_York")
        assert first == utc(2026, 11, 1, 5)
        assert next_daily(first, hour=1, zone="America/New_York") == utc(2026, 11, 2, 6)

    @given(
        st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
        st.integers(0, 23),
        st.sampled_from(ZONES),
    )
    def test_comes_once_a_day_and_always_later(self, naive: datetime, hour: int, zone: str) -> None:
        moment = naive.replace(tzinfo=UTC)
        following = next_daily(moment, hour=hour, zone=zone)
        assert moment < following <= moment + timedelta(hours=26)


class TestNextMonthly:
    def test_falls_on_the_day_at_the_hour(self) -> None:
        after = utc(2026, 11, 18, 15)
        assert next_monthly(after, day=1, hour=8, zone="UTC") == utc(2026, 12, 1, 8)

    def test_is_the_last_day_of_a_month_that_is_too_short(self) -> None:
        after = utc(2028, 2, 1)
        assert next_monthly(after, day=31, hour=8, zone="UTC") == utc(2028, 2, 29, 8)

    def test_counts_months_on_the_users_calendar(self) -> None:
        still_october_there = utc(2026, 11, 1, 2)
        due = next_monthly(still_october_there, day=1, hour=0, zone="America/New_York")
        assert due == utc(2026, 11, 1, 4)


class TestIsStillUseful:
    def test_lets_a_daily_line_go_after_a_morning(self) -> None:
        due = utc(2026, 11, 18, 8)
        daily = ScheduleKind.DAILY_SUMMARY
        assert is_still_useful(daily, due, now=due + timedelta(hours=6))
        assert not is_still_useful(daily, due, now=due + timedelta(hours=6, seconds=1))
