"""A month on paper: the same figures, every word from the phrasebook, the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.money import Money
from core.period import Grain, Period
from core.reports.month import BudgetLine, MonthFigures, Share, leading, percent_of
from prompts.figures import Style
from tests.fakes.world import english, phrases
from workers.reports.drawing import ReportNotDrawn, draw
from workers.reports.layout import lay_out
from workers.reports.page import Page, page_from_json, page_to_json

ROOT = Path(__file__).resolve().parents[3]
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1), Grain.MONTH)
AS_OF = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


FIGURES = MonthFigures(
    period=NOVEMBER,
    currency="USD",
    spent=usd("1572.50"),
    income=usd("4200"),
    by_category=(
        Share("RENT_AND_UTILITIES_RENT", usd("1500"), 1),
        Share("FOOD_AND_DRINK_GROCERIES", usd("82.50"), 2),
        Share("GENERAL_MERCHANDISE_ELECTRONICS", usd("-10"), 1),
    ),
    top_merchants=(Share("Flat", usd("1500"), 1), Share("Corner Shop", usd("82.50"), 2)),
    budgets=(BudgetLine("FOOD_AND_DRINK", usd("60"), usd("82.50"), usd("0")),),
    as_of=AS_OF,
    newest=date(2026, 11, 28),
    rows=5,
    uncategorised=1,
    previous_spent=usd("1400"),
    elsewhere=(Money.of("45.20", "EUR"),),
)
STYLE = Style("en_US", "America/New_York", date(2026, 12, 1))


def page(figures: MonthFigures = FIGURES, style: Style = STYLE) -> Page:
    return lay_out(figures, english(), style)


class TestMonthFigures:
    def test_keeps_what_came_in_and_did_not_go_out(self) -> None:
        assert FIGURES.saved == usd("2627.50")

    def test_tells_which_part_has_no_category(self) -> None:
        assert FIGURES.uncategorised_share == Decimal("20.0")
        assert replace(FIGURES, rows=0, uncategorised=0).uncategorised_share == 0

    def test_takes_a_percentage_of_nothing_as_nothing(self) -> None:
        assert percent_of(0, 0) == 0
        assert percent_of(1, 3) == Decimal("33.3")

    def test_puts_the_small_ones_together_without_losing_a_cent(self) -> None:
        shares = tuple(Share(f"c{n}", Money(100 - n, "USD"), 1) for n in range(10))
        head, rest = leading(shares, 4)
        assert rest is not None
        assert len(head) == 3
        total = sum(share.amount.minor for share in (*head, rest))
        assert total == sum(share.amount.minor for share in shares)
        assert leading(shares, 10) == (shares, None)


class TestLayOut:
    def test_writes_the_figures_as_the_reader_does(self) -> None:
        values = [value for _, value in page().headline]
        assert values == ["$1,572.50", "$4,200.00", "$2,627.50", "$1,400.00"]

    def test_has_the_same_figures_in_the_readers_language(self) -> None:
        spanish = lay_out(FIGURES, phrases("es"), replace(STYLE, locale="es_ES"))
        assert spanish.language == "es"
        assert spanish.title == "Tu mes: noviembre 2026"
        assert [value for _, value in spanish.headline] == [
            "1.572,50 US$", "4.200,00 US$", "2.627,50 US$", "1.400,00 US$",
        ]  # fmt: skip
        assert spanish.tables[0].rows[0][0] == "Alquiler"
        assert "1 movimiento (20 %)" in " ".join(spanish.notes)

    def test_names_month_and_currency(self) -> None:
        assert page().title == "Your month: November 2026"
        assert "USD" in page().subtitle

    def test_has_every_category_in_the_table_and_no_bar_for_money_back(self) -> None:
        categories = page().tables[0]
        assert [row[0] for row in categories.rows] == ["Rent", "Groceries", "Electronics"]
        assert [row[1] for row in categories.rows] == ["$1,500.00", "$82.50", "-$10.00"]
        assert [bar.label for bar in page().bars] == ["Rent", "Groceries"]

    def test_describes_the_chart_in_words(self) -> None:
        assert "Rent: $1,500.00" in page().chart_alt
        assert "Groceries: $82.50" in page().chart_alt

    def test_says_when_it_was_read_and_what_it_leaves_out(self) -> None:
        notes = " ".join(page().notes)
        assert "Tue 1 Dec 2026 08:00" in notes
        assert "Sat 28 Nov 2026" in notes
        assert "1 entry (20%)" in notes
        assert "€45.20" in notes

    def test_shows_an_overspent_budget_as_negative(self) -> None:
        assert page().tables[2].rows == (("Food", "$60.00", "$82.50", "-$22.50"),)

    def test_names_what_was_carried_only_where_something_was(self) -> None:
        line = replace(FIGURES.budgets[0], carried=usd("30"))
        table = page(replace(FIGURES, budgets=(line,))).tables[-1]
        assert table.headers == ("Category", "Limit", "Carried over", "Spent", "Left")
        assert table.rows[0][1:] == ("$60.00", "$30.00", "$82.50", "$7.50")
        assert "Carried over" not in page().tables[-1].headers

    def test_leaves_out_a_table_without_rows(self) -> None:
        titles = [table.title for table in page(replace(FIGURES, budgets=())).tables]
        assert titles == ["Spending by category", "Where you spent most"]

    def test_writes_rupees_in_lakhs(self) -> None:
        rupees = replace(
            FIGURES,
            currency="INR",
            spent=Money.of("123456", "INR"),
            income=Money.zero("INR"),
            by_category=(),
            top_merchants=(),
            budgets=(),
            previous_spent=None,
        )
        style = Style("en_IN", "Asia/Kolkata", date(2026, 12, 1))
        assert page(rupees, style).headline[0][1] == "₹1,23,456.00"


class TestPage:
    def test_survives_the_way_to_another_process(self) -> None:
        text = json.dumps(page_to_json(page()))
        assert page_from_json(json.loads(text)) == page()


@pytest.mark.slow
class TestDraw:
    def test_makes_equal_bytes_of_equal_pages(self) -> None:
        first = self.drawn_with_hash_seed("1")
        assert first == self.drawn_with_hash_seed("2")
        assert first.startswith(b"%PDF")

    def test_changes_with_a_single_figure(self) -> None:
        other = replace(FIGURES, spent=usd("1572.51"))
        assert draw(page(), seconds=60) != draw(page(other), seconds=60)

    def test_carries_title_language_and_the_charts_description(self) -> None:
        pdf = draw(page(), seconds=60)
        for text in ("Your month: November 2026", page().chart_alt):
            assert text.encode("utf-16-be") in pdf or text.encode() in pdf
        assert b"/Lang" in pdf

    def test_draws_a_month_without_spending(self) -> None:
        empty = replace(FIGURES, by_category=(), top_merchants=(), budgets=())
        assert draw(page(empty), seconds=60).startswith(b"%PDF")

    def test_draws_names_in_a_script_the_font_does_not_have(self) -> None:
        foreign = replace(FIGURES, top_merchants=(Share("रिलायंस $1", usd("10"), 1),))
        assert draw(page(foreign), seconds=60).startswith(b"%PDF")

    def test_goes_over_as_many_pages_as_it_needs(self) -> None:
        many = tuple(Share(f"user:thing_{n}", usd("1"), 1) for n in range(120))
        pdf = draw(page(replace(FIGURES, by_category=many)), seconds=60)
        assert pdf.count(b"/Type /Page\n") >= 3

    def test_gives_up_in_time(self) -> None:
        with pytest.raises(ReportNotDrawn):
            draw(page(), seconds=0)

    def test_says_so_when_the_page_makes_no_sense(self) -> None:
        with pytest.raises(ReportNotDrawn):
            draw(replace(page(), dated="never"), seconds=60)

    def drawn_with_hash_seed(self, seed: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "workers.reports.render"],
            input=json.dumps(page_to_json(page())).encode(),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**dict(os.environ), "PYTHONHASHSEED": seed},  # noqa: TID251 - a child's own
        )
        return done.stdout
