"""Moments ahead and the reminders around them, as people type them in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.conversation.context import Named, Names, Profile, TurnContext
from core.users.preferences import Preferences
from intents import vocabulary
from intents.moments import as_arguments, as_length, moment_in
from intents.reading import Reading, read_message
from intents.reminding import bill_hinted, reminder, says_odd_repeat

NAMES = Names(bills=(Named("bill:1", "Rent"),), subscriptions=(Named("netflix", "Netflix"),))


def reading(text: str, language: str = "en") -> Reading:
    context = TurnContext(
        user_id="user_1",
        preferences=Preferences(language=language, zone="Europe/Madrid"),
        now=datetime(2026, 11, 18, 12, tzinfo=UTC),
        today=date(2026, 11, 18),  # a Wednesday
        profile=Profile.WEB,
        text=text,
        names=NAMES,
    )
    return read_message(context, vocabulary.load(language))


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("on friday at 6pm", {"day": "2026-11-20", "time": "18:00"}),
            ("tomorrow at 6", {"day": "2026-11-19", "time": "18:00"}),
            ("tomorrow at 9", {"day": "2026-11-19", "time": "09:00"}),
            ("at 6 in the morning", {"time": "06:00"}),
            ("at 12am", {"time": "00:00"}),
            ("at noon", {"time": "12:00"}),
            ("at 18:05", {"time": "18:05"}),
            ("in 2 hours", {"minutes": 120}),
            ("in half an hour", {"minutes": 30}),
            ("in 3 days", {"day": "2026-11-21"}),
            ("in a month", {"day": "2026-12-18"}),
            ("next month", {"day": "2026-12-01"}),
            ("every day at 8", {"every": "day", "time": "08:00"}),
            ("every weekday at 7:45", {"every": "weekday", "time": "07:45"}),
            ("every monday", {"every": "week", "day": "2026-11-23"}),
            ("on the 5th of every month", {"every": "month", "day": "2026-12-05"}),
            ("every year on 29 feb", {"every": "year", "day": "2028-02-29"}),
            ("every 2 weeks", {"every": "2weeks"}),
            ("every other friday", {"every": "2weeks", "day": "2026-11-20"}),
            (
                "every second tuesday at 7pm",
                {"every": "2weeks", "day": "2026-11-24", "time": "19:00"},
            ),
            ("3 days before", {}),
            ("always", {}),
        ],
    )
    def test_in_english(self, text: str, expected: dict[str, object]) -> None:
        read = reading(text)
        assert as_arguments(read, moment_in(read)) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("el viernes a las 18", {"day": "2026-11-20", "time": "18:00"}),
            ("mañana a las 9 y media", {"day": "2026-11-19", "time": "09:30"}),
            ("a las 6 de la tarde", {"time": "18:00"}),
            ("esta noche", {"day": "2026-11-18", "time": "21:00"}),
            ("en 2 horas", {"minutes": 120}),
            ("dentro de media hora", {"minutes": 30}),
            ("cada lunes a las 8", {"every": "week", "day": "2026-11-23", "time": "08:00"}),
            ("el 5 de cada mes", {"every": "month", "day": "2026-12-05"}),
            ("todos los días a las 21:00", {"every": "day", "time": "21:00"}),
            ("de lunes a viernes a las 8", {"every": "weekday", "time": "08:00"}),
            ("cada dos semanas", {"every": "2weeks"}),
            ("cada 15 días a las 18", {"every": "2weeks", "time": "18:00"}),
            ("cada dos viernes", {"every": "2weeks", "day": "2026-11-20"}),
            ("un viernes sí y otro no", {"every": "2weeks", "day": "2026-11-20"}),
            ("siempre", {}),
        ],
    )
    def test_in_spanish(self, text: str, expected: dict[str, object]) -> None:
        read = reading(text, "es")
        assert as_arguments(read, moment_in(read)) == expected

    @pytest.mark.parametrize(
        ("text", "minutes"),
        [("for a week", 10080), ("for 2 days", 2880), ("for an hour", 60), ("for a month", 43200)],
    )
    def test_are_lengths_where_something_ends(self, text: str, minutes: int) -> None:
        read = reading(text)
        assert as_length(read, moment_in(read)) == {"minutes": minutes}


class TestReminders:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("remind me to pay rent on friday at 6pm", "pay rent"),
            (
                "please remind me tomorrow to call Ana about the deposit",
                "call Ana about the deposit",
            ),
            ("Remind me at 5 to buy 2 tickets, please", "buy 2 tickets"),
            ("don't let me forget to return the shoes by saturday", "return the shoes"),
            ("remind me to call the bank", "call the bank"),
            ("remind me fri 6pm", None),
            ("remind me of this tomorrow", None),
            ("every other week remind me to check the meter", "check the meter"),
            ("tomorrow at 9 remind me to call mum", "call mum"),
        ],
    )
    def test_say_of_what(self, text: str, what: str | None) -> None:
        call = reminder(reading(text))
        assert call is not None
        assert call.tool == "add_reminder"
        assert call.arguments.get("what") == what

    @pytest.mark.parametrize(
        "text",
        [
            "remind me 3 days before rent",
            "remind me to pay rent",
            "remind me of netflix",
            "remind me what I spent on friday",
            "will you remind me of rent tomorrow?",
            "tell me when Tesla goes above 250",
            "don't remind me to call tomorrow",
            "coffee 4 at 6pm",
            "tell me how october went",
            "tell me about groceries on friday",
            "let me know what i spent by saturday",
        ],
    )
    def test_are_not_read_out_of_other_requests(self, text: str) -> None:
        assert reminder(reading(text)) is None

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("remind me every 3 days to stretch", "en"),
            ("remind me every other day to stretch", "en"),
            ("remind me every quarter to pay taxes", "en"),
            ("recuérdame cada 3 días estirar", "es"),
        ],
    )
    def test_in_steps_that_there_are_none_of_are_known(self, text: str, language: str) -> None:
        assert says_odd_repeat(reading(text, language))

    @pytest.mark.parametrize(
        "text",
        [
            "remind me every two weeks to stretch",
            "remind me every 5th to pay rent",
            "remind me every friday to stretch",
            "do you remind me every 3 days?",
            "remind me in 3 days to stretch",
        ],
    )
    def test_in_steps_that_there_are_pass(self, text: str) -> None:
        assert not says_odd_repeat(reading(text))

    def test_to_pay_an_amount_on_a_day_could_be_a_bill(self) -> None:
        read = reading("remind me to pay 60 for electricity on the 25th")
        call = reminder(read)
        assert call is not None
        assert bill_hinted(read, call) == {
            "name": "electricity",
            "amount": "60",
            "day": "2026-11-25",
        }

    def test_the_hour_of_a_payment_is_not_its_amount(self) -> None:
        read = reading("remind me to pay rent of 900 friday at 6pm")
        call = reminder(read)
        assert call is not None
        assert bill_hinted(read, call)["amount"] == "900"

    @pytest.mark.parametrize(
        "text",
        [
            "remind me to pay the plumber on friday",
            "remind me to call 60 clients on friday",
            "remind me to pay 60 in 2 hours",
            "remind me to pay rent friday at 6",
            "remind me tomorrow at 9 to pay the phone",
        ],
    )
    def test_without_amount_payment_or_day_is_no_bill(self, text: str) -> None:
        read = reading(text)
        call = reminder(read)
        assert call is not None
        assert bill_hinted(read, call) == {}
