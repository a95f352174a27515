"""A chart as a picture: the points of its figures, every word of the reader's, drawn to be seen."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.period import Grain, Period
from core.reports.chart import Chart, ChartBy, ChartOf, Point, chart_from_json, chart_to_json
from prompts.figures import Style
from tests.fakes.world import english, phrases
from workers.reports.drawing import draw_png
from workers.reports.page import Form, Picture, picture_from_json, picture_to_json
from workers.reports.pictures import dashboard_of, picture_of, points_in_words
from workers.reports.scale import marks, plain

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1), Grain.MONTH)
STYLE = Style("en_US", "America/New_York", date(2026, 5, 14))
CHART = Chart(
    of=ChartOf.SPENDING,
    by=ChartBy.CATEGORY,
    period=APRIL,
    currency="USD",
    points=(
        Point("RENT_AND_UTILITIES_RENT", "900.00"),
        Point("FOOD_AND_DRINK_GROCERIES", "95.25"),
        Point("", "28.00"),
        Point("GENERAL_MERCHANDISE_ELECTRONICS", "-30.00"),
    ),
    as_of=datetime(2026, 5, 14, 16, tzinfo=UTC),
    narrowed={},
)
MONTHS = replace(
    CHART,
    by=ChartBy.MONTH,
    period=Period(date(2025, 12, 1), date(2026, 4, 1)),
    points=tuple(
        Point(month, amount)
        for month, amount in (
            ("2025-12", "10.00"),
            ("2026-01", "0.00"),
            ("2026-02", "1333.33"),
            ("2026-03", "70.00"),
        )
    ),
    narrowed={"category": "FOOD_AND_DRINK"},
)
BALANCE = replace(
    CHART,
    of=ChartOf.BALANCE,
    by=ChartBy.DAY,
    points=tuple(
        Point((date(2026, 4, 1) + timedelta(days=step)).isoformat(), f"{100 - 7 * step}.00")
        for step in range(30)
    ),
)
DASHBOARD = {
    "period": "2026-05-01..2026-05-31#month",
    "currency": "USD",
    "as_of": "2026-05-14T16:00:00+00:00",
    "until": "2026-05-24",
    "tiles": [["cash", "1469.25"], ["left", "1409.25"], ["net_worth", "1437.75"]],
    "bars": [["RENT_AND_UTILITIES_RENT", "900.00"], ["", "119.00"]],
}


def drawn(chart: Chart) -> Picture:
    return picture_of(chart, english(), STYLE)


class TestChart:
    @pytest.mark.parametrize("chart", [CHART, MONTHS, BALANCE])
    def test_survives_being_stored(self, chart: Chart) -> None:
        assert chart_from_json(json.loads(json.dumps(chart_to_json(chart)))) == chart


class TestPictureOf:
    def test_has_a_bar_for_each_point_with_its_amount_as_the_reader_writes_it(self) -> None:
        assert [(bar.label, bar.amount) for bar in drawn(CHART).bars] == [
            ("Rent", "$900.00"),
            ("Groceries", "$95.25"),
            ("Everything else", "$28.00"),
            ("Electronics", "-$30.00"),
        ]
        assert [bar.size for bar in drawn(CHART).bars] == [900.0, 95.25, 28.0, -30.0]
        assert [bar.is_rest for bar in drawn(CHART).bars] == [False, False, True, False]

    def test_says_what_it_is_of_and_when_it_was_read(self) -> None:
        assert drawn(MONTHS).title == "Spending on Food, Dec 2025 - Mar 2026"
        assert drawn(MONTHS).subtitle == "Month by month, in USD"
        assert "Thu 14 May 2026 12:00" in drawn(MONTHS).foot

    def test_writes_every_amount_of_few_columns_and_names_the_year_once(self) -> None:
        bars = drawn(MONTHS).bars
        assert [bar.amount for bar in bars] == ["$10.00", "$0.00", "$1,333.33", "$70.00"]
        assert [bar.label for bar in bars] == ["Dec", "Jan\n2026", "Feb", "Mar"]

    def test_marks_first_last_lowest_and_highest_of_a_line(self) -> None:
        picture = drawn(BALANCE)
        assert picture.form is Form.LINE
        told = {place: bar.amount for place, bar in enumerate(picture.bars) if bar.amount}
        assert told == {0: "$100.00", 29: "-$103.00"}

    @pytest.mark.parametrize(
        ("apart", "said"), [(1, "Day by day, in USD"), (5, "One price every few days, in USD")]
    )
    def test_of_a_price_says_how_far_apart_its_points_are(self, apart: int, said: str) -> None:
        days = [date(2026, 1, 1) + timedelta(days=apart * step) for step in range(10)]
        points = tuple(Point(day.isoformat(), "100.1234") for day in days)
        course = replace(BALANCE, of=ChartOf.PRICE, points=points, narrowed={"name": "Apple"})
        found = picture_of(course, english(), STYLE)
        assert found.subtitle == said
        assert found.title.startswith("Price of Apple")

    def test_has_a_scale_around_all_its_points(self) -> None:
        ticks = [at for at, _ in drawn(MONTHS).ticks]
        assert ticks[0] == 0.0
        assert ticks[-1] >= 1333.33
        assert drawn(MONTHS).ticks[1][1] == "$500"

    def test_says_the_same_points_in_words(self) -> None:
        assert points_in_words(CHART, english(), STYLE) == (
            "Rent $900.00; Groceries $95.25; Everything else $28.00; Electronics -$30.00"
        )
        assert points_in_words(MONTHS, english(), STYLE).endswith("Mar 2026 $70.00")
        assert points_in_words(BALANCE, english(), STYLE).count("$") == 2

    def test_names_days_and_months_in_the_words_own_language(self) -> None:
        said = points_in_words(BALANCE, phrases("es"), STYLE)
        assert said.startswith("mié 1 abr 2026 ")
        assert points_in_words(MONTHS, phrases("es"), STYLE).endswith("mar 2026 $70.00")

    def test_writes_the_dashboards_figures(self) -> None:
        picture = dashboard_of(DASHBOARD, english(), STYLE)
        assert picture.tiles == (
            ("At hand", "$1,469.25"),
            ("Safe to spend until 24 May", "$1,409.25"),
            ("Net worth", "$1,437.75"),
        )
        assert picture.bars[-1].is_rest


class TestScale:
    def test_is_made_of_few_round_marks(self) -> None:
        assert [plain(one) for one in marks([Decimal(3), Decimal(97)], from_nought=True)] == [
            "0",
            "25",
            "50",
            "75",
            "100",
        ]

    def test_begins_near_the_values_of_a_line(self) -> None:
        found = marks([Decimal(10_010), Decimal(10_050)], from_nought=False)
        assert (found[0], found[-1]) == (Decimal(10_010), Decimal(10_050))

    def test_holds_values_that_are_all_the_same_or_below_nought(self) -> None:
        assert len(marks([Decimal(0)], from_nought=True)) > 1
        assert marks([Decimal(-7), Decimal(-3)], from_nought=True)[-1] == 0


class TestPicture:
    def test_survives_the_way_to_another_process(self) -> None:
        picture = drawn(MONTHS)
        assert picture_from_json(json.loads(json.dumps(picture_to_json(picture)))) == picture


@pytest.mark.slow
class TestDrawPng:
    @pytest.mark.parametrize("chart", [CHART, MONTHS, BALANCE])
    def test_is_wide_enough_for_a_phone_and_the_same_every_time(self, chart: Chart) -> None:
        first = draw_png(drawn(chart), seconds=60)
        assert first == draw_png(drawn(chart), seconds=60)
        width, height = struct.unpack(">II", first[16:24])
        assert width >= 1000
        assert 300 <= height <= 2000

    def test_changes_with_a_single_figure(self) -> None:
        other = replace(CHART, points=(*CHART.points[:-1], Point("MEDICAL", "1.00")))
        assert draw_png(drawn(other), seconds=60) != draw_png(drawn(CHART), seconds=60)

    def test_draws_names_that_look_like_formulas_or_are_in_another_script(self) -> None:
        names = ("$x^2$ \\frac{1}", "रिलायंस क्षेत्र", "日本", "a" * 90)
        points = tuple(Point(name, "5.00") for name in names)
        chart = replace(CHART, by=ChartBy.MERCHANT, points=points)
        assert draw_png(drawn(chart), seconds=60).startswith(b"\x89PNG")

    def test_draws_the_dashboard(self) -> None:
        picture = dashboard_of(DASHBOARD, english(), STYLE)
        assert draw_png(picture, seconds=60).startswith(b"\x89PNG")
