"""Words that carriers act on."""

from __future__ import annotations

import pytest

from core.messaging.opt_out import Keyword, classify_keyword


class TestClassifyKeyword:
    @pytest.mark.parametrize(
        "text",
        [
            "STOP", "stop", " Stop ", "Stop.", "stop!", "STOPALL", "unsubscribe", "Cancel", "END",
            "quit", "REVOKE", "OptOut", "opt-out",
        ],
    )  # fmt: skip
    def test_hears_a_stop(self, text):
        assert classify_keyword(text) is Keyword.STOP

    @pytest.mark.parametrize("text", ["START", "yes", "Unstop", "\tYES\n"])
    def test_hears_a_start(self, text):
        assert classify_keyword(text) is Keyword.START

    @pytest.mark.parametrize("text", ["HELP", "info"])
    def test_hears_a_call_for_help(self, text):
        assert classify_keyword(text) is Keyword.HELP

    @pytest.mark.parametrize(
        "text",
        [
            "", "YES K7QM", "NO K7QM", "stop my gym", "cancel StreamBox", "yes!", "help me", "no",
            "APPROVE K7QM", "DECLINE K7QM", "undo", "st op", "stopped", "1",
        ],
    )  # fmt: skip
    def test_leaves_everything_else_to_the_conversation(self, text):
        assert classify_keyword(text) is None
