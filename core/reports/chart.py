"""A chart as figures: what its points stand for and how much each of them is, before any word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.money import Money
from core.period import Period, parse_canonical

# Bars of one picture; what is smaller stands together in the last of them.
MOST_BARS = 8
# Columns that a phone still shows apart.
MOST_COLUMNS = 62


class ChartOf(StrEnum):
    """What the amounts of a chart are."""

    SPENDING = "spending"
    INCOME = "income"
    NET_WORTH = "net_worth"
    BALANCE = "balance"  # what it will probably be
    PRICE = "price"


class ChartBy(StrEnum):
    """What each point of a chart stands for."""

    CATEGORY = "category"
    MERCHANT = "merchant"
    ACCOUNT = "account"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Point:
    """One point: ``label`` is a category's slug, a shown name, ``2026-04`` or an ISO day.

    The point that stands for everything too small for its own has no label. ``plain`` is the
    amount as a decimal, since a price has more places than its currency.
    """

    label: str
    plain: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Points in the order they are drawn; ``narrowed`` says by which names they are narrowed."""

    of: ChartOf
    by: ChartBy
    period: Period
    currency: str
    points: tuple[Point, ...]
    as_of: datetime
    narrowed: Mapping[str, str]

    @property
    def is_line(self) -> bool:
        """Tell whether the points are moments of one amount, and not parts of a sum."""
        return self.of in (ChartOf.NET_WORTH, ChartOf.BALANCE, ChartOf.PRICE)


def point(label: str, amount: Money) -> Point:
    """Return a point of an amount."""
    return Point(label, amount.plain)


def chart_to_json(chart: Chart) -> dict[str, Any]:
    """Write a chart as plain JSON values."""
    return {
        "of": chart.of.value,
        "by": chart.by.value,
        "period": chart.period.canonical(),
        "currency": chart.currency,
        "points": [[one.label, one.plain] for one in chart.points],
        "as_of": chart.as_of.isoformat(),
        "narrowed": dict(chart.narrowed),
    }


def chart_from_json(data: Mapping[str, Any]) -> Chart:
    """Read what `chart_to_json` wrote."""
    return Chart(
        of=ChartOf(data["of"]),
        by=ChartBy(data["by"]),
        period=parse_canonical(data["period"]),
        currency=data["currency"],
        points=tuple(Point(label, plain) for label, plain in data["points"]),
        as_of=datetime.fromisoformat(data["as_of"]),
        narrowed=dict(data["narrowed"]),
    )
