from __future__ import annotations

import pytest

from core.users.preferences import PreferenceOutOfRange, Preferences, PreferenceUnreadable
from tools.preference_words import with_value

USUAL = Preferences()


class TestCalendarSettings:
    @pytest.mark.parametrize(
        ("name", "value", "kept"),
        [
            ("month_start_day", "25", 25),
            ("month_start_day", "off", 1),
            ("week_start", "sunday", 6),
            ("week_start", "6", 6),
            ("week_start", "off", 0),
            ("fiscal_start_month", "april", 4),
            ("fiscal_start_month", "4", 4),
            ("fiscal_start_month", "off", 1),
            ("pay_day", "28", 28),
            ("pay_day", "31", 31),
            ("pay_day", "off", None),
        ],
    )
    def test_reads_a_day_a_name_or_off(self, name, value, kept):
        assert getattr(with_value(USUAL, name, value), name) == kept

    @pytest.mark.parametrize("day", ["0", "29", "31", "99"])
    def test_refuses_a_first_day_that_some_month_lacks(self, day):
        with pytest.raises(PreferenceOutOfRange):
            with_value(USUAL, "month_start_day", day)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("month_start_day", "soon"),
            ("week_start", "someday"),
            ("fiscal_start_month", "spring"),
            ("pay_day", "-3"),
        ],
    )
    def test_refuses_words_that_name_no_day(self, name, value):
        with pytest.raises(PreferenceUnreadable):
            with_value(USUAL, name, value)

    @pytest.mark.parametrize(
        ("name", "value"), [("week_start", "7"), ("fiscal_start_month", "13"), ("pay_day", "32")]
    )
    def test_refuses_a_number_outside_the_calendar(self, name, value):
        with pytest.raises(PreferenceOutOfRange):
            with_value(USUAL, name, value)
