"""Tickets and crisis lines: what may follow what, how long it stays quiet, whom one can call."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from core.handoff.lines import country_of_number, crisis_line, crisis_lines
from core.handoff.ticket import QUIET, TICKET_MOVES, TicketReason, TicketState, sources


class TestCrisisLines:
    def test_each_names_who_runs_it_and_when_it_was_checked(self):
        for country, line in crisis_lines().items():
            assert re.fullmatch(r"[A-Z]{2}", country)
            assert re.fullmatch(r"[\d ]{3,12}", line.number)
            assert line.source.startswith("https://")
            assert date(2026, 11, 1) <= line.checked
            assert line.name

    def test_there_is_none_where_none_is_known(self):
        assert crisis_lines()["ES"] is crisis_line("es")
        assert crisis_line("XX") is None


class TestTheCountryOfANumber:
    @pytest.mark.parametrize(
        ("number", "country"),
        [
            ("+15550100001", "US"),
            ("+353861234567", "IE"),
            ("+34600000000", "ES"),
            ("whatsapp:+919800000000", "IN"),
            ("sms:+447700900000", "GB"),
        ],
    )
    def test_is_the_one_it_begins_with(self, number, country):
        assert country_of_number(number) == country
        assert crisis_line(country) is not None

    @pytest.mark.parametrize(
        "number", ["+18765550100", "+351912345678", "32665", "", "+", "whatsapp:US.ABC123", "77001"]
    )
    def test_is_unknown_where_a_wrong_line_would_harm(self, number):
        assert country_of_number(number) == ""


class TestTickets:
    @pytest.mark.parametrize("over", [TicketState.CLOSED, TicketState.WITHDRAWN])
    def test_what_is_over_stays_over(self, over):
        assert TICKET_MOVES[over] == frozenset()
        assert set(sources(over)) == {TicketState.OPEN, TicketState.TAKEN}

    def test_despair_is_left_in_peace_the_longest(self):
        assert max(QUIET, key=QUIET.__getitem__) is TicketReason.DISTRESS
        assert QUIET[TicketReason.FAILURES] == timedelta(0)
