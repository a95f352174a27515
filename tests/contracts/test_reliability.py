"""The page of faults names tests that exist, and leaves out no fault without saying so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from checks import tree
from core.store.sweep.rule import Invariant

_PAGE = (tree.ROOT / "docs" / "reliability.md").read_text()
_NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)+)`", _PAGE)))
_WANTED = {*range(1, 26), *range(29, 33), *range(38, 41)}


@pytest.mark.parametrize("name", _NAMED)
def test_every_named_test_exists(name: str):
    path, *parts = name.split("::")
    body: list[ast.stmt] = ast.parse((tree.ROOT / Path(path)).read_text()).body
    for part in parts:
        found = [node for node in body if getattr(node, "name", "") == part]
        assert found, f"{path} has no {part}"
        body = getattr(found[0], "body", [])


def test_every_fault_has_a_row_or_is_said_to_be_missing():
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", _PAGE, re.MULTILINE)}
    missing = {
        int(number) for number in re.findall(r"\((\d+)", _PAGE.partition("Not shown yet")[2])
    }
    assert rows | missing >= _WANTED


def test_every_invariant_is_explained():
    assert set(re.findall(r"^\| (I\d+) \|", _PAGE, re.MULTILINE)) == {
        one.value for one in Invariant
    }
