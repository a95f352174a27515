from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from core.errors import FinanceError
from core.period import Calendar
from core.users.preferences import Preferences


class TestPreferences:
    def test_work_before_anybody_is_asked(self):
        assert Preferences().calendar == Calendar()

    def test_give_the_users_calendar_and_date(self):
        indian = Preferences(zone="Asia/Kolkata", currency="INR", fiscal_start_month=4, pay_day=31)
        assert indian.calendar == Calendar(fiscal_start_month=4, pay_day=31)
        assert indian.today(datetime(2026, 3, 31, 20, tzinfo=UTC)) == date(2026, 4, 1)

    def test_allow_quiet_hours_across_midnight(self):
        quiet = Preferences(quiet_from=time(22), quiet_until=time(8))
        assert quiet.quiet_from == time(22)

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"zone": "Mars/Base"}, "period.unknown_zone"),
            ({"currency": "XXX"}, "money.unknown_currency"),
            ({"locale": "english"}, "preferences.unreadable"),
            ({"country": "usa"}, "preferences.unreadable"),
            ({"language": "EN"}, "preferences.unreadable"),
            ({"week_start": 7}, "preferences.out_of_range"),
            ({"month_start_day": 32}, "preferences.out_of_range"),
            ({"fiscal_start_month": 0}, "preferences.out_of_range"),
            ({"pay_day": 32}, "preferences.out_of_range"),
            ({"summary_hour": 24}, "preferences.out_of_range"),
            ({"report_day": 29}, "preferences.out_of_range"),
            ({"quiet_from": time(22)}, "preferences.quiet_hours"),
            ({"quiet_from": time(22), "quiet_until": time(22)}, "preferences.quiet_hours"),
        ],
    )
    def test_refuse_what_would_fail_later(self, wrong, code):
        with pytest.raises(FinanceError) as refused:
            Preferences(**wrong)
        assert refused.value.code == code
