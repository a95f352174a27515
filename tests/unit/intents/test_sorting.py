"""Answers to a list of entries without a category."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.conversation.plan import ToolCall
from core.conversation.state import DialogueState, Frame
from intents.engine import OfflinePlanner
from intents.held_out import Household
from tools.catalog import TOOLS

PLANNER = OfflinePlanner(TOOLS, lambda: None)
HOUSEHOLD = Household(Path(__file__).parents[2] / "eval" / "household.toml")
GROCERIES = "FOOD_AND_DRINK_GROCERIES"


def answer(text, tool="sort_entries"):
    context = HOUSEHOLD.context(text, "")
    frame = Frame(ToolCall(tool), context.now, ("entry:7", "entry:8", "entry:9"))
    state = DialogueState(focus=frame)
    return PLANNER.plan(replace(context, state=state)).steps[0]


class TestSorting:
    @pytest.mark.parametrize(
        ("text", "filings"),
        [
            ("1 groceries", [{"entry": "entry:7", "category": GROCERIES}]),
            (
                "1 groceries, 3 is fun",
                [
                    {"entry": "entry:7", "category": GROCERIES},
                    {"entry": "entry:9", "category": "ENTERTAINMENT"},
                ],
            ),
            ("2 ok", [{"entry": "entry:8"}]),
        ],
    )
    def test_reads_numbers_and_categories(self, text, filings):
        assert answer(text) == ToolCall("file_entries", {"filings": filings})

    @pytest.mark.parametrize(
        "text", ["4 groceries", "is 1 groceries?", "1 groceries 2", "groceries"]
    )
    def test_files_nothing_that_is_not_said_in_full(self, text):
        step = answer(text)
        assert not (isinstance(step, ToolCall) and step.tool == "file_entries")

    def test_numbers_of_another_list_file_nothing(self):
        step = answer("1 groceries", tool="find_entries")
        assert not (isinstance(step, ToolCall) and step.tool == "file_entries")
