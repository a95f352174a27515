"""Days that people name and that do not exist, said on Wednesday 18 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from core.conversation.plan import Say, ToolCall
from core.period import Calendar
from intents.lexicon import load_lexicon
from intents.slots.absent_days import absent_days
from intents.slots.scene import Scene
from tests.unit.intents.conftest import Said

TODAY = date(2026, 11, 18)
BRITISH = load_lexicon("en", locale="en_GB")
AMERICAN = load_lexicon("en", locale="en_US")
SPANISH = load_lexicon("es", "en", locale="es_ES")


def found(text, lexicon=BRITISH, today=TODAY):
    return [
        (day.text, day.last)
        for day in absent_days(text, scene=Scene(today, Calendar()), lexicon=lexicon)
    ]


class TestADayThatDoesNotExist:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("groceries on 31 november", "31 november"),
            ("lunch 12 on 31st of june", "31st of june"),
            ("spent 12.50 at lidl on February 30", "February 30"),
            ("spent 20 on 30.02.2026", "30.02.2026"),
            ("spent 31/02 10 at lidl", "31/02"),
            ("spent 10 on 31/04/26", "31/04/26"),
            ("spent 10 on 2026-02-30", "2026-02-30"),
            ("food from 1 to 31 november", "from 1 to 31 november"),
            ("food on 29 feb 2025", "29 feb 2025"),
            ("food on 29 feb last year", "29 feb last year"),
            ("groceries 32 november", "32 november"),
            ("groceries 20 on 45 november", "45 november"),
            ("lunch 12 on the 99th of june", "99th of june"),
            ("lunch 12 november 35", "november 35"),
        ],
    )
    def test_is_found_with_all_its_words(self, text, day):
        assert found(text) == [(day, None)]

    def test_is_found_in_either_order_of_day_and_month(self):
        assert found("spent 10 on 02/31", AMERICAN) == [("02/31", None)]
        assert found("gasté 20 el 31 de junio", SPANISH) == [("el 31 de junio", None)]
        assert found("gasté 20 el 45 de junio", SPANISH) == [("45 de junio", None)]

    @pytest.mark.parametrize(
        "text",
        [
            "coffee 4 on 30 november",
            "food on 29 feb 2024",
            "50/30/20",
            "rent 90 november",
            "groceries $35 november",
            "groceries 32.50 november",
            "electricity november 60",
            "32 coffees in november",
            "rent 1200 feb",
            "31 coffees in november",
            "3/4 gone",
            "spent 31 in november",
        ],
    )
    def test_is_not_seen_where_there_is_none(self, text):
        assert found(text) == []

    def test_is_no_day_where_the_number_before_the_month_is_the_amount(self):
        assert found("coffee 31 nov 3", AMERICAN) == []

    @pytest.mark.parametrize(
        "text",
        [
            "groceries on 31 november",
            "lunch 12 on 31 june",
            "spent 12.50 at lidl on 30 february",
            "spent 31/02 10 at lidl",
            "lunch 12 and dinner 20 on 31 november",
            "how much did i spend on 31 november",
            "remind me to call mum on 31 june",
        ],
    )
    def test_is_said_and_nothing_is_done(self, said: Said, text):
        (step,) = said(text).steps
        assert isinstance(step, Say)
        assert step.phrase == "clarify.no_such_day"
        assert step.fields["day"] in text


class TestALeapDayWithoutItsYear:
    @pytest.mark.parametrize(
        ("text", "today", "last"),
        [
            ("feb 29", TODAY, date(2024, 2, 29)),
            ("29/02", TODAY, date(2024, 2, 29)),
            ("feb 29", date(2028, 1, 9), date(2024, 2, 29)),
            ("feb 29", date(2103, 1, 9), date(2096, 2, 29)),
        ],
    )
    def test_is_known_with_the_last_day_it_was(self, text, today, last):
        assert found(f"coffee 4 on {text}", today=today) == [(text, last)]

    def test_is_an_ordinary_day_for_a_year(self):
        assert found("coffee 4 on feb 29", today=date(2028, 3, 2)) == []
        assert found("coffee 4 on feb 29", today=date(2029, 1, 9)) == []

    @pytest.mark.parametrize("text", ["coffee 4 feb 29", "spent 4 on coffee on 29 february"])
    def test_is_asked_for_its_year_before_anything_is_booked(self, said: Said, text):
        (step,) = said(text).steps
        assert isinstance(step, Say)
        assert (step.phrase, step.fields["year"]) == ("clarify.leap_day", "2024")

    def test_is_booked_with_its_year(self, said: Said):
        (call,) = said("coffee 4 on 29 february 2024").steps
        assert isinstance(call, ToolCall)
        assert call.arguments["booked_date"] == "2024-02-29"

    def test_is_the_last_one_in_a_question_and_the_next_one_in_a_plan(self, said: Said):
        (asked,) = said("how much did i spend on feb 29").steps
        (planned,) = said("remind me to call mum on 29 february").steps
        assert isinstance(asked, ToolCall)
        assert isinstance(planned, ToolCall)
        assert asked.arguments["period"].startswith("2024-02-29")
        assert planned.arguments["day"] == "2028-02-29"
