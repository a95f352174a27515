"""Entries written freely, and the parts of a split."""

from __future__ import annotations

import pytest

from core.conversation.plan import Ask, ToolCall
from tests.unit.intents.conftest import Said

YESTERDAY = "2026-11-17"


class TestAFreelyWrittenEntry:
    @pytest.mark.parametrize(
        ("text", "arguments"),
        [
            ("coffee 4", {"amount": "4", "payee": "coffee"}),
            ("uber 12", {"amount": "12", "payee": "uber"}),
            ("paid 60 for petrol", {"amount": "60", "payee": "petrol"}),
            (
                "lunch 12+8.5 yday w ana",
                {"amount": "20.5", "payee": "lunch", "note": "w ana", "booked_date": YESTERDAY},
            ),
            (
                "kal ka chai 30",
                {
                    "amount": "30",
                    "payee": "chai",
                    "booked_date": YESTERDAY,
                    "other_date": "2026-11-19",
                },
            ),
            (
                "gasté 12,50 en el super ayer",
                {"amount": "12.50", "payee": "super", "booked_date": YESTERDAY},
            ),
            ("got 80 back", {"amount": "80", "direction": "in"}),
            ("salary 3200 in", {"amount": "3200", "payee": "salary", "direction": "in"}),
            ("refund 30 from zara", {"amount": "30", "payee": "zara", "direction": "in"}),
            ("500 from mom", {"amount": "500", "payee": "mom", "direction": "in"}),
            (
                "bought shoes for 80 on amex",
                {"amount": "80", "payee": "shoes", "account": "account:3"},
            ),
            (
                "€12 for museum tickets",
                {"amount": "12", "currency": "EUR", "payee": "museum tickets"},
            ),
            ("2 beers 9", {"amount": "9", "payee": "2 beers"}),
            ("coffee 0", {"amount": "0", "payee": "coffee"}),
            ("coffee 4.005", {"amount": "4.005", "payee": "coffee"}),
            ("coffee " + "9" * 20, {"amount": "9" * 20, "payee": "coffee"}),
            ("blorp 1.5k", {"amount": "1500", "payee": "blorp"}),
            ("blorp gadget 1,299", {"amount": "1299", "payee": "blorp gadget"}),
            ("can you add coffee 4 please", {"amount": "4", "payee": "coffee"}),
        ],
    )
    def test_says_what_it_was_and_how_much(
        self, said: Said, text: str, arguments: dict[str, str]
    ) -> None:
        assert said(text).steps == (ToolCall("add_entry", arguments),)

    def test_may_be_several_in_one_message(self, said: Said) -> None:
        assert said("chai 30 auto 80 office").steps == (
            ToolCall("add_entry", {"amount": "30", "payee": "chai"}),
            ToolCall("add_entry", {"amount": "80", "payee": "auto", "note": "office"}),
        )

    def test_keeps_the_users_spelling(self, said: Said) -> None:
        step = said("spent 5 at Café Olé").steps[0]
        assert isinstance(step, ToolCall)
        assert step.arguments["payee"] == "Café Olé"

    def test_of_an_unknown_thing_without_currency_is_confirmed(self, said: Said) -> None:
        step = said("blorp 15").steps[0]
        assert isinstance(step, Ask)
        assert (step.slot, step.phrase) == ("confirm", "clarify.did_you_mean_one")
        assert step.fields["understood"] == "log blorp 15"

    @pytest.mark.parametrize(
        "text",
        [
            "budget 400 food",
            "move 100 to savings",
            "put 300 from checking to savings",
            "book 12 for parking every monday",
            "transfer 50 to bo",
            "top 5 purchases",
            "don't log coffee 4",
            "exchange 200 euros",
            "it's 15 groceries plus 25 household",
            "I see a $1 charge in a transaction.",
            "i need ten dollars sent to washington mutual",
            "tell me five dollars in yen",
        ],
    )
    def test_is_not_read_into_other_requests(self, said: Said, text: str) -> None:
        assert all(
            not isinstance(step, ToolCall) or step.tool != "add_entry" for step in said(text).steps
        )


class TestASplit:
    @pytest.mark.parametrize(
        ("text", "sizes"),
        [
            ("split that 40 groceries 20 home", ("40", "20")),
            ("split it: 40 groceries, rest home", ("40", None)),
            ("40 of that was groceries, the rest home", ("40", None)),
            ("split it 60: 40 groceries rest home", ("40", None)),
            ("split that groceries 40 home 20", ("40", "20")),
        ],
    )
    def test_pairs_amounts_with_categories(
        self, said: Said, text: str, sizes: tuple[str, str | None]
    ) -> None:
        categories = ("FOOD_AND_DRINK_GROCERIES", "HOME_IMPROVEMENT")
        parts = [
            {"category": category, **({"amount": size} if size else {})}
            for category, size in zip(categories, sizes, strict=True)
        ]
        call = ToolCall("split_entry", {"entry": "entry:12", "parts": parts})
        assert said(text, "entry").steps == (call,)

    def test_without_parts_lets_the_tool_ask_for_them(self, said: Said) -> None:
        # It knows the amount that is to be split.
        assert said("split that", "entry").steps == (
            ToolCall("split_entry", {"entry": "entry:12"}),
        )
