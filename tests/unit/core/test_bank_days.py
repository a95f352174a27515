"""Banking days of countries, and what asking for them loads."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from core.connect.bank_days import bank_days


class TestBankDays:
    @pytest.mark.parametrize(
        ("country", "day", "is_open"),
        [
            ("US", date(2026, 5, 25), False),  # Memorial Day
            ("US", date(2026, 5, 26), True),
            ("ES", date(2026, 5, 1), False),  # a holiday of the euro's own calendar
            ("ES", date(2026, 8, 15), False),  # a Saturday
            ("ES", date(2026, 10, 12), True),  # in Spain, and the euro settles all the same
            ("GB", date(2026, 12, 28), False),  # for Boxing Day, a Saturday
            ("IN", date(2026, 1, 26), False),  # Republic Day
            ("IN", date(2026, 5, 16), True),  # the third Saturday
            ("IN", date(2026, 5, 9), False),  # the second
            ("AE", date(2026, 5, 17), False),  # a Sunday
            ("XX", date(2026, 12, 25), True),  # no country: weekends alone
        ],
    )
    def test_are_those_of_the_country(self, country: str, day: date, is_open: bool):
        assert bank_days(country)(day) is is_open

    @pytest.mark.slow
    def test_load_one_country_and_not_two_hundred(self):
        code = (
            "import sys; from datetime import date; from core.connect.bank_days import bank_days; "
            "assert not bank_days('GB')(date(2026, 12, 28)); "
            "found = [one for one in sys.modules if one.startswith('holidays.countries.')]; "
            "sys.exit(None if len(found) < 5 else f'{len(found)} countries')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
