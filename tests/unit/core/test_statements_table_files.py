"""A table's open questions are asked, not guessed; what was answered holds for the next file."""

from __future__ import annotations

import json
from datetime import date

import pytest

from core.statements.csv_style import Expectations
from core.statements.dates import DateOrder
from core.statements.reading import read_confirmed
from core.statements.refusals import AmountAmbiguous, DateAmbiguous
from core.statements.table_files import Answers, DirectionAmbiguous
from tests.unit.core.test_statements_banks import TODAY

EURO = b"Date,Description,Amount (EUR)\n03/04/2026,CAFE,-3.50\n"
DOLLAR = b"Date,Description,Amount\n03/04/2026,CAFE,-3.50\n"
GROUPED = b"Date,Description,Amount\n2026-04-03,CAFE,-1.234\n"
PLAIN = b"Date,Description,Amount\n2026-04-03,QQ ONE,3.50\n2026-04-04,ZZ TWO,4.00\n"
AMERICAN = Expectations(TODAY, "USD", DateOrder.MONTH_FIRST)
NONE: dict[str, dict[str, object]] = {}


def read(data: bytes, answers: Answers = Answers(), saved=NONE):  # noqa: B008 - a frozen value
    return read_confirmed(data, AMERICAN, answers, saved)


def lines(found):
    return [(line.booked_date, line.amount.minor) for one in found.statements for line in one.lines]


class TestDoubts:
    def test_the_users_country_settles_the_days_of_its_own_currency_only(self):
        assert lines(read(DOLLAR)) == [(date(2026, 3, 4), -350)]
        with pytest.raises(DateAmbiguous):
            read(EURO)

    def test_the_decimals_of_a_lone_group_are_asked(self):
        with pytest.raises(AmountAmbiguous):
            read(GROUPED)
        assert lines(read(GROUPED, Answers(decimal_mark=",")))[0][1] == -123400

    def test_amounts_without_any_sign_are_asked(self):
        with pytest.raises(DirectionAmbiguous):
            read(PLAIN)
        assert [minor for _, minor in lines(read(PLAIN, Answers(plain_is_out=True)))] == [
            -350,
            -400,
        ]
        assert [minor for _, minor in lines(read(PLAIN, Answers(plain_is_out=False)))] == [350, 400]

    def test_an_answer_to_one_doubt_leaves_the_other_open(self):
        with pytest.raises(DirectionAmbiguous):
            read(PLAIN, Answers(date_order=DateOrder.DAY_FIRST))


class TestLayouts:
    @pytest.mark.parametrize(
        ("data", "answers", "found"),
        [
            (EURO, Answers(date_order=DateOrder.DAY_FIRST), [(date(2026, 4, 3), -350)]),
            (
                PLAIN,
                Answers(plain_is_out=True),
                [(date(2026, 4, 3), -350), (date(2026, 4, 4), -400)],
            ),
        ],
    )
    def test_what_was_answered_reads_the_next_file(self, data, answers, found):
        first = read(data, answers)
        assert first.confirmed is not None
        record = json.loads(json.dumps(first.confirmed.as_record()))
        again = read(data, saved={first.layout_key: record})
        assert lines(again) == lines(first) == found
        assert [one.code for one in again.statements[0].warnings] == []

    def test_nothing_is_kept_of_a_file_that_left_nothing_open(self):
        assert read(DOLLAR).confirmed is None

    def test_a_layout_of_other_columns_is_not_used(self):
        first = read(EURO, Answers(date_order=DateOrder.DAY_FIRST))
        assert first.confirmed is not None
        assert first.layout_key
        saved = {first.layout_key: first.confirmed.as_record()}
        assert lines(read(DOLLAR, saved=saved)) == [(date(2026, 3, 4), -350)]
