"""A report as ready words and numbers: what is drawn, with nothing left to decide or translate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart; ``amount`` is ``size`` as the reader writes it.

    ``is_rest`` marks the bar that stands for everything too small for one of its own.
    """

    label: str
    size: int
    amount: str
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the columns after the first are figures and stand to the right."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on a report. ``dated`` is the ISO moment its figures were read.

    ``footer`` has the placeholders ``{page}`` and ``{pages}``, known only when it is drawn.
    """

    language: str
    title: str
    subtitle: str
    headline: tuple[tuple[str, str], ...]
    chart_title: str
    chart_alt: str
    bars: tuple[Bar, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    footer: str
    dated: str


def page_to_json(page: Page) -> dict[str, Any]:
    """Write a page as plain JSON values."""
    return asdict(page)


def page_from_json(data: Mapping[str, Any]) -> Page:
    """Read what `page_to_json` wrote."""
    return Page(
        **{
            **data,
            "headline": tuple((label, value) for label, value in data["headline"]),
            "bars": tuple(Bar(**bar) for bar in data["bars"]),
            "tables": tuple(_table(table) for table in data["tables"]),
            "notes": tuple(data["notes"]),
        }
    )


def _table(data: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(row) for row in data["rows"])
    return Table(data["title"], tuple(data["headers"]), rows)
