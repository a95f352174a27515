"""A report or a picture as ready words and numbers: nothing is left to decide or translate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """How a picture shows its points."""

    BARS = "bars"  # lying, one below the other, each with its name and amount
    COLUMNS = "columns"
    LINE = "line"
    TILES = "tiles"  # figures side by side, bars below them


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, column or mark; ``amount`` is ``size`` as the reader writes it.

    ``is_rest`` marks the bar that stands for everything too small for one of its own. A label or
    an amount that has no room is empty.
    """

    label: str
    size: float
    amount: str
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything on a picture. ``ticks`` are the marks of its scale, ``tiles`` label and figure."""

    form: Form
    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    foot: str
    ticks: tuple[tuple[float, str], ...] = ()
    tiles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart inside a report, with its heading and what it shows in words."""

    title: str
    alt: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the columns after the first are figures and stand to the right.

    ``note`` is a line below it, and ``total`` a last row that sums it up.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on a report. ``dated`` is the ISO moment its figures were read.

    ``story`` tells the period in sentences, below the headline.

    ``footer`` has the placeholders ``{page}`` and ``{pages}``, known only when it is drawn.
    """

    language: str
    brand: str
    title: str
    subtitle: str
    headline: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    footer: str
    dated: str
    story: str = ""


def page_to_json(page: Page) -> dict[str, Any]:
    """Write a page as plain JSON values."""
    return asdict(page)


def page_from_json(data: Mapping[str, Any]) -> Page:
    """Read what `page_to_json` wrote."""
    return Page(
        **{
            **data,
            "headline": _pairs(data["headline"]),
            "charts": tuple(_chart(chart) for chart in data["charts"]),
            "tables": tuple(_table(table) for table in data["tables"]),
            "notes": tuple(data["notes"]),
        }
    )


def picture_to_json(picture: Picture) -> dict[str, Any]:
    """Write a picture as plain JSON values."""
    return asdict(picture)


def picture_from_json(data: Mapping[str, Any]) -> Picture:
    """Read what `picture_to_json` wrote."""
    return Picture(
        **{
            **data,
            "form": Form(data["form"]),
            "bars": tuple(Bar(**bar) for bar in data["bars"]),
            "ticks": _pairs(data["ticks"]),
            "tiles": _pairs(data["tiles"]),
        }
    )


def _chart(data: Mapping[str, Any]) -> Chart:
    return Chart(data["title"], data["alt"], picture_from_json(data["picture"]))


def _table(data: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(row) for row in data["rows"])
    headers, total = tuple(data["headers"]), tuple(data["total"])
    return Table(data["title"], headers, rows, total, data["note"])


def _pairs(data: Iterable[Iterable[Any]]) -> tuple[Any, ...]:
    return tuple((first, second) for first, second in data)
