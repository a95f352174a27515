"""Turns a chart's figures into a picture's words, and into the same figures as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.facts import Fact, FactKind, day, named, span
from core.reports.chart import Chart, ChartBy, ChartOf, Point, point
from core.reports.figures import ReportFigures, Share
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from workers.reports.page import Bar, Form, Picture
from workers.reports.scale import marks, plain
from workers.reports.words import Words

# Names below the columns of a phone's width.
_MOST_NAMES = 7
_COLUMNS_WRITTEN_OUT = 13
# Prices of every trading day are hardly ever this far apart on average.
_OVER_WEEKENDS = timedelta(days=2)
_TILE_WORDS = {"income": "income_in", "net_worth": "worth"}


def picture_of(chart: Chart, book: Phrasebook, style: Style) -> Picture:
    """Write every word of a chart."""
    words = Words(book, style, "picture")
    is_bars = chart.by not in (ChartBy.MONTH, ChartBy.DAY)
    form = Form.LINE if chart.is_line else Form.BARS if is_bars else Form.COLUMNS
    return Picture(
        form=form,
        title=words.say(chart.of.value, *_narrowed(chart), span("period", chart.period)),
        subtitle=words.say(_by(chart), named("currency", chart.currency)),
        bars=_bars(chart, words) if is_bars else _marks(chart, words),
        foot=words.say("foot", day("at", chart.as_of)),
        ticks=() if is_bars else _ticks(chart, words),
    )


def points_in_words(chart: Chart, book: Phrasebook, style: Style) -> str:
    """Return every point with its amount, as the words beside the picture say them.

    Of a long course those that are marked in the picture stand for the rest.
    """
    words = Words(book, style, "picture")
    told = chart.points
    if len(told) > _COLUMNS_WRITTEN_OUT:
        kept = _outstanding(chart)
        told = tuple(one for place, one in enumerate(told) if place in kept)
    return "; ".join(
        f"{_long_label(chart, one, words)} {words.plain(one.plain, chart.currency)}" for one in told
    )


def columns_of(shares: Sequence[Share], figures: ReportFigures, words: Words) -> Picture:
    """Return the months of a report as columns; the report gives them their heading."""
    ordered = sorted(shares, key=lambda share: share.name)
    chart = Chart(
        of=ChartOf.SPENDING,
        by=ChartBy.MONTH,
        period=figures.period,
        currency=figures.currency,
        points=tuple(point(one.name, one.amount) for one in ordered),
        as_of=figures.as_of,
        narrowed={},
    )
    return Picture(Form.COLUMNS, "", "", _marks(chart, words), "", _ticks(chart, words))


def dashboard_of(wanted: Mapping[str, Any], book: Phrasebook, style: Style) -> Picture:
    """Write every word of the dashboard from what its answer told."""
    words = Words(book, style, "picture")
    currency, at = wanted["currency"], datetime.fromisoformat(wanted["as_of"])
    until = named("until", words.short_day(date.fromisoformat(wanted["until"])))
    bars = [(label, Decimal(amount), amount) for label, amount in wanted["bars"]]
    return Picture(
        form=Form.TILES,
        title=words.say("dashboard", day("date", style.today)),
        subtitle=words.say("bars") if bars else "",
        bars=tuple(
            Bar(
                words.category(label) if label else words.say("others"),
                float(size),
                words.plain(amount, currency),
                is_rest=not label,
            )
            for label, size, amount in bars
        ),
        foot=words.say("foot", day("at", at)),
        tiles=tuple(
            (words.say(_TILE_WORDS.get(name, name), until), words.plain(amount, currency))
            for name, amount in wanted["tiles"]
        ),
    )


def dashboard_in_words(picture: Picture) -> str:
    """Return the figures of the dashboard as the words beside it say them."""
    return "; ".join(f"{label}: {value}" for label, value in picture.tiles)


def _by(chart: Chart) -> str:
    """Return the phrase for what the points are: days far apart are the last ones of months."""
    days = [date.fromisoformat(one.label) for one in chart.points] if chart.is_line else []
    if len(days) < 3:
        return f"by_{chart.by.value}"
    if chart.of is ChartOf.PRICE and days[-1] - days[0] > _OVER_WEEKENDS * (len(days) - 1):
        return "by_few_days"
    far_apart = days[1] - days[0] > timedelta(days=20)
    return "by_closing" if far_apart else f"by_{chart.by.value}"


def _narrowed(chart: Chart) -> tuple[Fact, ...]:
    return tuple(Fact(name, FactKind.NAME, value) for name, value in chart.narrowed.items())


def _bars(chart: Chart, words: Words) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            _long_label(chart, one, words),
            float(Decimal(one.plain)),
            words.plain(one.plain, chart.currency),
            is_rest=not one.label,
        )
        for one in chart.points
    )


def _marks(chart: Chart, words: Words) -> tuple[Bar, ...]:
    """Return columns or the marks of a line; names and amounts only where there is room."""
    every = -(-len(chart.points) // _MOST_NAMES)
    written_out = len(chart.points) <= _COLUMNS_WRITTEN_OUT and not chart.is_line
    kept = set(range(len(chart.points))) if written_out else _outstanding(chart)
    named_every = 1 if written_out else every
    return tuple(
        Bar(
            _short_label(chart, place, words) if place % named_every == 0 else "",
            float(Decimal(one.plain)),
            words.plain(one.plain, chart.currency) if place in kept else "",
        )
        for place, one in enumerate(chart.points)
    )


def _outstanding(chart: Chart) -> set[int]:
    """Return the places of the first, the last, the lowest and the highest point of a line.

    Of columns only the highest is marked: the first and last days are like any other.
    """
    sizes = [Decimal(one.plain) for one in chart.points]
    highest = sizes.index(max(sizes))
    if not chart.is_line:
        return {highest}
    return {0, len(sizes) - 1, highest, sizes.index(min(sizes))}


def _ticks(chart: Chart, words: Words) -> tuple[tuple[float, str], ...]:
    values = [Decimal(one.plain) for one in chart.points]
    return tuple(
        (float(mark), words.plain(plain(mark), chart.currency))
        for mark in marks(values, from_nought=not chart.is_line)
    )


def _long_label(chart: Chart, one: Point, words: Words) -> str:
    if not one.label:
        return words.say("others")
    if chart.by is ChartBy.CATEGORY:
        return words.category(one.label)
    if chart.by is ChartBy.MONTH:
        first = date.fromisoformat(f"{one.label}-01")
        return f"{words.short_month(first)} {first.year}"
    if chart.by is ChartBy.DAY:
        return words.full_day(date.fromisoformat(one.label))
    return words.name(one.label)


def _short_label(chart: Chart, place: int, words: Words) -> str:
    label = chart.points[place].label
    if chart.by is ChartBy.DAY:
        return words.short_day(date.fromisoformat(label))
    first = date.fromisoformat(f"{label}-01")
    # December's year would stand in the way of January's.
    begins_year = first.month == 1 or (place == 0 and first.month < 12)
    return words.short_month(first) + (f"\n{first.year}" if begins_year else "")
