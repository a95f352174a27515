"""The inventory of sixty messages people send: each row has its dialogue, most without a model."""

from __future__ import annotations

import pytest

from core.conversation.context import Profile
from tests.dialogue.script import Dialogue, all_dialogues

# The numbers of the rows, of sixty messages people send, that are marked to work without a model.
ROWS = (
    *range(1, 13), 14, 15, 16, 17, 18, 19, 21, 22, 24, 25, 27, 29, 30, 35, 36, 39, 40, 44, 46,
    *range(50, 57), 59, 60,
)  # fmt: skip
ALL = range(1, 61)
# Rows about what a carrier does with a text message; and one about a chat that is not a page.
CARRIER = {16, 35, 36}
FEWER = {8: {Profile.SMS}, 37: {Profile.SMS}, 38: {Profile.SMS}, 56: {Profile.WEB}}
INVENTORY = [one for one in all_dialogues() if one.name.startswith("sixty/")]


def row_of(dialogue: Dialogue) -> int:
    return int(dialogue.name.removeprefix("sixty/").partition("_")[0])


class TestTheInventory:
    def test_has_a_dialogue_for_every_row(self):
        assert sorted(map(row_of, INVENTORY)) == [*ALL]

    def test_has_no_model_where_none_is_needed(self):
        assert not [one.name for one in INVENTORY if one.is_led and row_of(one) in ROWS]

    @pytest.mark.parametrize("dialogue", INVENTORY, ids=lambda one: one.name)
    def test_is_told_on_every_channel_where_the_row_makes_sense(self, dialogue):
        row, told = row_of(dialogue), set(dialogue.profiles)
        expected = {Profile.SMS} if row in CARRIER else set(Profile) - FEWER.get(row, set())
        assert told == expected

    @pytest.mark.parametrize("dialogue", INVENTORY, ids=lambda one: one.name)
    def test_is_judged_by_what_it_leaves(self, dialogue):
        steps = [step.expected for step in dialogue.steps]
        assert any(
            one.looks_at_books
            or one.approvals
            or one.requests is not None
            or one.tickets
            or one.figures
            or one.silent
            or one.bound
            for one in steps
        ), "only its words are looked at"
