"""Figures that tests measure, each held to its bar; all of them are printed when a run ends.

A test asks for ``bar`` and says ``bar("leaks", 0, of=375, at_most=0)``. With ``unit="%"`` the
measured part of ``of`` is held to a percentage. Figures of one name are added up over the tests
of a run, whichever process ran them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

_KEY = "bar"
Bar = Callable[..., None]


@pytest.fixture
def bar(record_property: Callable[[str, object], None]) -> Bar:
    """Hold a figure to its bar, and keep it for the end of the run."""

    def hold(
        name: str,
        measured: float,
        *,
        of: int = 0,
        at_most: float | None = None,
        at_least: float | None = None,
        unit: str = "",
    ) -> None:
        figure = (name, measured, of, at_most, at_least, unit)
        record_property(_KEY, list(figure))
        assert _is_held(*figure[1:]), _line(*figure)

    return hold


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print every figure that was held to a bar in this run."""
    told = sorted(_added_up(_kept(terminalreporter)))
    if told:
        terminalreporter.section("measured")
        for figure in told:
            terminalreporter.write_line(_line(*figure))


def _kept(reporter: Any) -> Iterator[list[Any]]:
    for outcome in ("passed", "failed"):
        for report in reporter.stats.get(outcome, ()):
            yield from (value for name, value in report.user_properties if name == _KEY)


def _added_up(figures: Iterator[list[Any]]) -> list[tuple[Any, ...]]:
    sums: dict[tuple[Any, ...], tuple[float, int]] = {}
    for name, measured, of, at_most, at_least, unit in figures:
        key = (name, at_most, at_least, unit)
        before = sums.get(key, (0, 0)) if of else (0, 0)
        sums[key] = (before[0] + measured, before[1] + of)
    return [
        (name, *sums[name, most, least, unit], most, least, unit)
        for name, most, least, unit in sums
    ]


def _value(measured: float, of: int, unit: str) -> float:
    return 100 * measured / of if unit == "%" and of else measured


def _is_held(
    measured: float, of: int, at_most: float | None, at_least: float | None, unit: str
) -> bool:
    value = _value(measured, of, unit)
    return (at_most is None or value <= at_most) and (at_least is None or value >= at_least)


def _line(
    name: str, measured: float, of: int, at_most: float | None, at_least: float | None, unit: str
) -> str:
    value = _value(measured, of, unit)
    out_of = f" of {of:,}" if of else ""
    wanted = f"at most {at_most:g}" if at_most is not None else f"at least {at_least:g}"
    held = "held" if _is_held(measured, of, at_most, at_least, unit) else "MISSED"
    return f"{name}: {value:,.4g}{unit}{out_of} ({wanted}{unit}) {held}"
