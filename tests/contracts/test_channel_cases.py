"""Every bad case of the channels has a test: the table that says which, held to what is there."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from bot.channels.twilio_tables import ERRORS

TESTS = Path(__file__).resolve().parents[1]
TABLES = tomllib.loads((TESTS / "payloads" / "channel_cases.toml").read_text(encoding="utf-8"))
CASES = [
    (f"{part}: {case}", tests) for part, cases in TABLES.items() for case, tests in cases.items()
]
# What is about setting up an account, not about a message: told by the table of errors alone.
SET_UP = {21212, 21603, 21606, 21609, 21620, 63017}


@cache
def names_of(path: Path) -> frozenset[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def is_there(test: str) -> bool:
    """Tell whether a test, or a conversation, exists under its name."""
    file, _, name = test.partition("::")
    path = TESTS / file
    if not path.exists():
        return False
    return path.suffix == ".toml" if not name else name in names_of(path)


class TestTheTable:
    @pytest.mark.parametrize(("case", "tests"), CASES, ids=[case for case, _ in CASES])
    def test_names_tests_that_are_there(self, case, tests):
        assert tests, case
        assert [test for test in tests if not is_there(test)] == []

    def test_has_every_part_of_it(self):
        assert set(TABLES) == {"telegram", "keywords", "errors", "whatsapp", "linking", "email"}
        assert len(CASES) > 60

    def test_tells_of_every_error_we_know(self):
        told = {int(number) for case in TABLES["errors"] for number in re.findall(r"\d{5}", case)}
        told |= {int(n) for case in TABLES["keywords"] for n in re.findall(r"\d{5}", case)}
        assert set(ERRORS) - SET_UP <= told

    def test_would_notice_a_test_that_is_gone(self):
        assert not is_there("e2e/test_twilio.py::test_that_nobody_wrote")
        assert not is_there("dialogue/approvals/nobody_wrote_this.toml")
