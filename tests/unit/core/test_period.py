from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.period import (
    Calendar,
    Grain,
    Period,
    PeriodUnreadable,
    ZoneUnknown,
    months_later,
    next_pay_day,
    parse_canonical,
    period_of,
    start_of_day,
    tiles,
    today_in,
)

WEDNESDAY = date(2026, 11, 18)


def span(start: str, last: str, grain: Grain = Grain.SPAN) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(last) + timedelta(days=1), grain)


class TestAPeriod:
    def test_never_ends_before_it_begins(self):
        with pytest.raises(ValueError, match="before"):
            Period(date(2026, 1, 2), date(2026, 1, 1))

    def test_holds_its_first_and_last_day_only(self):
        october = span("2026-10-01", "2026-10-31", Grain.MONTH)
        assert date(2026, 10, 1) in october
        assert date(2026, 10, 31) in october
        assert date(2026, 11, 1) not in october
        assert (october.days, october.last_day) == (31, date(2026, 10, 31))

    def test_overlaps_only_where_a_day_is_shared(self):
        october = period_of(Grain.MONTH, date(2026, 10, 5))
        assert october.overlaps(span("2026-10-31", "2026-11-05"))
        assert not october.overlaps(october.next())
        assert not october.overlaps(Period(date(2026, 10, 5), date(2026, 10, 5)))

    def test_is_cut_at_today_inclusive(self):
        november = period_of(Grain.MONTH, WEDNESDAY)
        assert november.to_date(WEDNESDAY) == span("2026-11-01", "2026-11-18", Grain.MONTH)
        assert november.to_date(date(2026, 12, 24)) == november
        assert november.to_date(date(2026, 10, 1)).days == 0


class TestPeriodOf:
    @pytest.mark.parametrize(
        ("grain", "calendar", "expected"),
        [
            (Grain.DAY, Calendar(), "2026-11-18..2026-11-18#day"),
            (Grain.WEEK, Calendar(), "2026-11-16..2026-11-22#week"),
            (Grain.WEEK, Calendar(week_start=6), "2026-11-15..2026-11-21#week"),
            (Grain.WEEK, Calendar(week_start=2), "2026-11-18..2026-11-24#week"),
            (Grain.MONTH, Calendar(), "2026-11-01..2026-11-30#month"),
            (Grain.MONTH, Calendar(month_start_day=25), "2026-10-25..2026-11-24#month"),
            (Grain.MONTH, Calendar(month_start_day=18), "2026-11-18..2026-12-17#month"),
            (Grain.QUARTER, Calendar(), "2026-10-01..2026-12-31#quarter"),
            (Grain.YEAR, Calendar(fiscal_start_month=4), "2026-01-01..2026-12-31#year"),
            (Grain.FISCAL_YEAR, Calendar(), "2026-01-01..2026-12-31#fiscal_year"),
            (
                Grain.FISCAL_YEAR,
                Calendar(fiscal_start_month=4),
                "2026-04-01..2027-03-31#fiscal_year",
            ),
            (Grain.PAY_CYCLE, Calendar(pay_day=31), "2026-10-31..2026-11-29#pay_cycle"),
            (Grain.PAY_CYCLE, Calendar(pay_day=5), "2026-11-05..2026-12-04#pay_cycle"),
            (Grain.PAY_CYCLE, Calendar(), "2026-11-01..2026-11-30#pay_cycle"),
        ],
    )
    def test_finds_the_one_around_a_day(self, grain, calendar, expected):
        assert period_of(grain, WEDNESDAY, calendar).canonical() == expected

    def test_does_not_divide_time_into_spans(self):
        with pytest.raises(ValueError, match="spans"):
            period_of(Grain.SPAN, WEDNESDAY)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"week_start": 7},
            {"month_start_day": 32},
            {"month_start_day": 0},
            {"fiscal_start_month": 13},
            {"pay_day": 32},
        ],
    )
    def test_refuses_a_calendar_with_days_that_belong_nowhere(self, wrong):
        with pytest.raises(ValueError, match="starts"):
            Calendar(**wrong)


class TestShifting:
    def test_counts_from_the_anchor_so_that_the_31st_stays_the_31st(self):
        calendar = Calendar(pay_day=31)
        cycle = period_of(Grain.PAY_CYCLE, date(2026, 1, 31), calendar)
        starts = [cycle.shift(step).start.isoformat() for step in range(5)]
        assert starts == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]

    def test_finds_the_pay_day_again_after_a_short_month(self):
        february = Period(date(2026, 2, 28), date(2026, 3, 31), Grain.PAY_CYCLE)
        assert february.next() == Period(date(2026, 3, 31), date(2026, 4, 30), Grain.PAY_CYCLE)
        assert february.previous() == Period(date(2026, 1, 31), date(2026, 2, 28), Grain.PAY_CYCLE)

    @pytest.mark.parametrize(
        ("period", "before"),
        [
            (span("2026-11-18", "2026-11-18", Grain.DAY), "2026-11-17..2026-11-17#day"),
            (span("2026-11-16", "2026-11-22", Grain.WEEK), "2026-11-09..2026-11-15#week"),
            (span("2026-03-01", "2026-03-31", Grain.MONTH), "2026-02-01..2026-02-28#month"),
            (span("2026-11-01", "2026-11-18", Grain.MONTH), "2026-10-01..2026-10-18#month"),
            (span("2026-03-01", "2026-03-30", Grain.MONTH), "2026-02-01..2026-02-28#month"),
            (span("2026-01-01", "2026-11-18", Grain.YEAR), "2025-01-01..2025-11-18#year"),
            (span("2026-11-12", "2026-11-18"), "2026-11-05..2026-11-11"),
            (span("2026-01-01", "2026-03-31"), "2025-10-01..2025-12-31"),
            (span("2026-08-19", "2026-11-18"), "2026-05-19..2026-08-18"),
        ],
    )
    def test_finds_the_one_before_and_compares_like_with_like(self, period, before):
        assert period.previous().canonical() == before

    @pytest.mark.parametrize(
        ("period", "before"),
        [
            (span("2026-11-16", "2026-11-22", Grain.WEEK), "2025-11-17..2025-11-23#week"),
            (span("2026-10-01", "2026-10-31", Grain.MONTH), "2025-10-01..2025-10-31#month"),
            (span("2026-11-01", "2026-11-18", Grain.MONTH), "2025-11-01..2025-11-18#month"),
            (span("2026-07-01", "2026-09-30", Grain.QUARTER), "2025-07-01..2025-09-30#quarter"),
            (span("2024-02-29", "2024-02-29", Grain.DAY), "2023-02-28..2023-02-28#day"),
            (span("2026-01-01", "2026-12-31", Grain.YEAR), "2025-01-01..2025-12-31#year"),
            (span("2026-10-03", "2026-10-10"), "2025-10-03..2025-10-10"),
        ],
    )
    def test_finds_the_same_time_last_year(self, period, before):
        assert period.same_period_last_year().canonical() == before

    def test_of_months_stops_at_the_end_of_the_month(self):
        assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
        assert months_later(date(2024, 2, 29), -12) == date(2023, 2, 28)

    def test_keeps_neighbours_together(self):
        cycle = period_of(Grain.PAY_CYCLE, WEDNESDAY, Calendar(pay_day=30))
        assert tiles([cycle.shift(step) for step in range(-30, 30)])
        assert not tiles([cycle, cycle.shift(2)])


class TestCanonicalText:
    @pytest.mark.parametrize(
        ("text", "period"),
        [
            ("2026-10-01..2026-10-31#month", span("2026-10-01", "2026-10-31", Grain.MONTH)),
            ("2026-10-03..2026-10-10", span("2026-10-03", "2026-10-10")),
            ("2026-10-03", span("2026-10-03", "2026-10-03", Grain.DAY)),
            ("2026-10", span("2026-10-01", "2026-10-31", Grain.MONTH)),
            ("2026", span("2026-01-01", "2026-12-31", Grain.YEAR)),
            (" 2026-10-03..2026-10-10#week ", span("2026-10-03", "2026-10-10", Grain.WEEK)),
        ],
    )
    def test_is_read(self, text, period):
        assert parse_canonical(text) == period

    @pytest.mark.parametrize(
        "text",
        ["", "last month", "2026-13", "2026-02-30", "2026-10-10..2026-10-03", "2026-10-01..",
         "२०२६", "2026-10-01..2026-10-31#fortnight", "9999-12-31", "2026-10-01#month x"],
    )  # fmt: skip
    def test_that_is_none_is_refused_by_code(self, text):
        with pytest.raises(PeriodUnreadable) as refused:
            parse_canonical(text)
        assert refused.value.code == "period.unreadable"

    def test_of_an_empty_period_does_not_exist(self):
        with pytest.raises(ValueError, match="empty"):
            Period(WEDNESDAY, WEDNESDAY).canonical()


class TestLocalDays:
    def test_begin_at_local_midnight(self):
        october = period_of(Grain.MONTH, date(2026, 10, 10))
        start, end = october.bounds("America/New_York")
        assert start == datetime(2026, 10, 1, 4, tzinfo=UTC)
        assert end == datetime(2026, 11, 1, 4, tzinfo=UTC)

    def test_are_23_hours_long_when_the_clocks_go_forward(self):
        start, end = period_of(Grain.DAY, date(2026, 3, 8)).bounds("America/New_York")
        assert end - start == timedelta(hours=23)

    def test_begin_when_the_clocks_skip_midnight(self):
        # Beirut puts its clocks forward at midnight: that day begins at one o'clock.
        begins = start_of_day(date(2026, 3, 29), "Asia/Beirut")
        assert begins.astimezone(ZoneInfo("Asia/Beirut")).hour == 1
        assert begins == datetime(2026, 3, 28, 22, tzinfo=UTC)

    def test_change_before_utc_does_in_india(self):
        assert today_in("Asia/Kolkata", datetime(2026, 3, 31, 20, tzinfo=UTC)) == date(2026, 4, 1)

    def test_need_a_moment_with_a_zone(self):
        with pytest.raises(ValueError, match="zone"):
            today_in("UTC", datetime(2026, 3, 31, 20))  # noqa: DTZ001 - the mistake under test

    @pytest.mark.parametrize("name", ["Mars/Base", "", "Europe", "../etc/passwd", "\0"])
    def test_need_a_zone_that_exists(self, name):
        with pytest.raises(ZoneUnknown) as refused:
            today_in(name, datetime(2026, 3, 31, 20, tzinfo=UTC))
        assert refused.value.code == "period.unknown_zone"


class TestNextPayDay:
    def test_is_the_first_one_after_today_and_the_last_day_of_a_shorter_month(self):
        calendar = Calendar(pay_day=31)
        assert next_pay_day(calendar, date(2026, 2, 10)) == date(2026, 2, 28)
        assert next_pay_day(calendar, date(2026, 2, 28)) == date(2026, 3, 31)
        assert next_pay_day(Calendar(pay_day=28), date(2026, 5, 14)) == date(2026, 5, 28)

    def test_is_nothing_where_the_user_named_none(self):
        assert next_pay_day(Calendar(), date(2026, 2, 10)) is None
