"""What a model proposes is said again as a sentence, in the user's language."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.dialogue.restating import in_words
from core.conversation.context import Named, Names, Profile, TurnContext
from core.conversation.plan import ToolCall
from core.conversation.state import DialogueState
from core.users.preferences import Preferences
from prompts.phrasebook import Phrasebook

ENTRY = ToolCall(
    "add_entry",
    {
        "payee": "Blue Door",
        "amount": "32",
        "category": "FOOD_AND_DRINK_RESTAURANT",
        "booked_date": "2026-05-12",
        "account": "account:2",
        "direction": "out",
    },
)
BUDGET = ToolCall(
    "set_budget", {"category": "FOOD_AND_DRINK", "amount": "300", "cadence": "monthly"}
)
REPORT = ToolCall("set_preference", {"name": "report_day", "value": "off"})


def _context(language: str) -> TurnContext:
    return TurnContext(
        user_id="user_1",
        preferences=Preferences(language=language, locale="es_ES" if language == "es" else "en_US"),
        now=datetime(2026, 5, 14, 12, tzinfo=UTC),
        today=date(2026, 5, 14),
        profile=Profile.WEB,
        text="",
        state=DialogueState(),
        names=Names(accounts=(Named("account:2", "Amex"),)),
    )


class TestACallInWords:
    @pytest.mark.parametrize(
        ("language", "call", "told"),
        [
            (
                "en",
                ENTRY,
                "log Blue Door 32, category Restaurants, date Tue 12 May, account Amex, money out",
            ),
            (
                "es",
                ENTRY,
                "apuntar Blue Door 32, categoría Restaurantes, fecha mar 12 may, cuenta Amex,"
                " salidas",
            ),
            ("en", BUDGET, "budget 300 for Food a month"),
            ("es", BUDGET, "presupuesto de 300 para Comida al mes"),
            ("en", REPORT, "set my report day to off"),
            ("es", REPORT, "cambiar día del informe a no"),
        ],
    )
    def test_names_what_a_yes_would_do_as_the_user_reads_it(
        self, language: str, call: ToolCall, told: str
    ) -> None:
        assert in_words(call, _context(language), Phrasebook.load(language)) == told
