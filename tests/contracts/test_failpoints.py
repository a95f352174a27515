"""Every place at which a process may die is in the code, and a kill test dies at it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from core.failpoints import Point
from tests.e2e import (
    test_kills,
    test_kills_of_media,
    test_kills_of_models,
    test_kills_of_money,
)

_KILLING = (test_kills, test_kills_of_media, test_kills_of_models, test_kills_of_money)

_CHECKOUT = Path(__file__).resolve().parents[2]
_ROOMS = ("bot", "workers", "intents", "tools", "core")


def reached() -> Iterator[ast.expr]:
    """Give the argument of every call of ``reach`` in the product."""
    for room in _ROOMS:
        for path in sorted((_CHECKOUT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "reach(" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and _is_reach(node.func):
                    yield node.args[0]


def _is_reach(called: ast.expr) -> bool:
    return ast.unparse(called).rpartition(".")[2] == "reach"


def killed_at() -> Iterator[Point]:
    """Give the places of which the kill tests make cases."""
    for name, found in (item for module in _KILLING for item in vars(module).items()):
        if inspect.isclass(found) and name.startswith("TestAProcessKilled"):
            for test in vars(found).values():
                for mark in getattr(test, "pytestmark", ()):
                    if mark.name == "parametrize":
                        yield from _points(mark.args[1])


def _points(cases: object) -> Iterator[Point]:
    if isinstance(cases, Point):
        yield cases
    elif isinstance(cases, list | tuple):
        for case in cases:
            yield from _points(case)


class TestThePlaces:
    def test_are_written_out_where_they_are_reached(self):
        assert all(ast.unparse(place).startswith("Point.") for place in reached())

    def test_are_all_in_the_code(self):
        assert {ast.unparse(place) for place in reached()} == {f"Point.{one.name}" for one in Point}

    def test_lie_in_every_step_of_a_message(self):
        steps = {point.value.partition(".")[0] for point in Point}
        turns = {f"T{number}" for number in range(1, 8)}
        assert steps == turns | {"executor", "pay", "follow", "model", "media", "eraser"}

    def test_are_all_died_at(self):
        assert set(killed_at()) == set(Point)

    def test_are_died_at_when_chaos_is_asked_for(self):
        for module in _KILLING:
            assert "chaos" in {mark.name for mark in module.pytestmark}
