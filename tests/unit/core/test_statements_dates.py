"""Days are read as the bank wrote them; a doubt about day and month is settled by rows only."""

from __future__ import annotations

from datetime import date

import pytest

from core.statements.dates import (
    DateNotUnderstood,
    DateOrder,
    DateUnlikely,
    is_all_numbers,
    possible_orders,
    read_date,
)

TODAY = date(2026, 11, 21)
DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


class TestReadDate:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-10-03",
            "2026/10/03",
            "2026.10.3",
            "20261003",
            "2026-10-03 23:59:59 +0000",
            "2026-10-03T23:30:00-11:00",
            "03/10/2026",
            "3/10/26",
            "03.10.2026",
            "03.10.26",
            "03-10-2026 08:00",
            "03-Oct-2026",
            "3 Oct 2026",
            "03 October 2026",
            "3rd October 2026",
            "Oct 3, 2026",
            "October 3rd, 2026",
            "Sat, 3 Oct 2026",
            "Saturday 3 October 2026",
            "03Oct2026",
            "3 Oct '26",
            "3. Oktober 2026",
            "3 octobre 2026",
            "03-OCT-26",
            " 03/10/2026 ",
        ],
    )
    def test_reads_the_day_and_drops_the_time(self, text):
        assert read_date(text, order=DAY, today=TODAY) == date(2026, 10, 3)

    @pytest.mark.parametrize(
        ("text", "month"),
        [("1 ene 2026", 1), ("1 märz 2026", 3), ("1 août 2026", 8), ("1 déc. 2026", 12)],
    )
    def test_knows_the_months_of_four_languages(self, text, month):
        assert read_date(text, order=DAY, today=TODAY) == date(2026, month, 1)

    def test_follows_the_order_it_is_given(self):
        assert read_date("03/10/2026", order=MONTH, today=TODAY) == date(2026, 3, 10)

    def test_puts_short_years_in_the_century_that_is_past(self):
        assert read_date("03/10/27", order=DAY, today=TODAY).year == 2027
        assert read_date("03/10/99", order=DAY, today=TODAY).year == 1999

    @pytest.mark.parametrize(
        "text", ["31/02/2026", "2026-13-01", "12 Dec", "tomorrow", "1 Foo 2026"]
    )
    def test_refuses_what_is_no_day(self, text):
        with pytest.raises(DateNotUnderstood):
            read_date(text, order=DAY, today=TODAY)

    @pytest.mark.parametrize("text", ["1949-12-31", "2028-01-01", "9999-01-01"])
    def test_refuses_days_no_bank_has(self, text):
        with pytest.raises(DateUnlikely):
            read_date(text, order=DAY, today=TODAY)


class TestPossibleOrders:
    def test_a_number_over_twelve_settles_it(self):
        assert possible_orders(["03/04/2026", "13/04/2026"], today=TODAY) == (DAY,)
        assert possible_orders(["03/04/2026", "04/13/2026"], today=TODAY) == (MONTH,)

    def test_points_are_the_continental_order(self):
        assert possible_orders(["03.04.2026"], today=TODAY) == (DAY,)

    def test_a_statement_does_not_reach_far_into_the_future(self):
        assert possible_orders(["11/02/2026", "12/02/2026"], today=date(2026, 3, 1)) == (DAY,)

    def test_stays_open_when_every_row_fits_both(self):
        assert possible_orders(["03/04/2026", "05/06/2026"], today=TODAY) == (DAY, MONTH)

    def test_is_none_when_rows_contradict_each_other(self):
        assert possible_orders(["13/04/2026", "04/13/2026"], today=TODAY) == ()

    def test_does_not_matter_to_dates_that_name_the_month_or_begin_with_the_year(self):
        assert len(possible_orders(["2026-04-03", "3 Apr 2026"], today=TODAY)) == 2
        assert not is_all_numbers("2026-04-03")
        assert not is_all_numbers("3 Apr 2026")
        assert is_all_numbers("03/04/2026")
