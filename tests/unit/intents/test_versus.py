"""Two names held against each other, and messages that only look like it."""

from __future__ import annotations

import pytest

from core.conversation.plan import ToolCall
from tests.unit.intents.conftest import Said

GROCERIES = "FOOD_AND_DRINK_GROCERIES"
RENT = "RENT_AND_UTILITIES_RENT"
OCTOBER = "2026-10-01..2026-10-31#month"


class TestTwoNames:
    @pytest.mark.parametrize(
        ("text", "arguments"),
        [
            ("uber vs lyft", {"merchant": "uber", "against": "lyft"}),
            ("lyft v uber", {"merchant": "lyft", "against": "uber"}),
            ("groceries vs rent", {"category": GROCERIES, "against": RENT}),
            (
                "compare groceries and rent last month",
                {"category": GROCERIES, "against": RENT, "period": OCTOBER},
            ),
            (
                "last month groceries versus rent please",
                {"category": GROCERIES, "against": RENT, "period": OCTOBER},
            ),
            ("do i spend more on rent or groceries", {"category": RENT, "against": GROCERIES}),
            ("rent or groceries?", {"category": RENT, "against": GROCERIES}),
        ],
    )
    def test_are_held_against_each_other(
        self, said: Said, text: str, arguments: dict[str, str]
    ) -> None:
        assert said(text).steps == (ToolCall("show_spending", arguments),)

    @pytest.mark.parametrize(
        "text",
        [
            "arsenal vs chelsea",
            "groceries vs last month",
            "rent and groceries",
            "set rent to 900 vs groceries",
            "groceries october vs september",
        ],
    )
    def test_are_needed_both_and_one_of_them_known(self, said: Said, text: str) -> None:
        steps = said(text).steps
        assert not any(isinstance(one, ToolCall) and "against" in one.arguments for one in steps)
