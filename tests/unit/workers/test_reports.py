"""A month on paper: the same figures, every word from the phrasebook, the same bytes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pdfplumber
import pytest

from core.money import Money
from core.period import Grain, Period
from core.rates.rate import Rate
from core.reports.figures import (
    AccountLine,
    BillLine,
    BudgetLine,
    Change,
    Foreign,
    GoalLine,
    ReportFigures,
    Share,
    Standing,
    leading,
    percent_of,
)
from prompts.figures import Style
from tests.fakes.world import english, phrases
from workers.reports.drawing import ReportNotDrawn, draw
from workers.reports.layout import lay_out
from workers.reports.page import Page, Table, page_from_json, page_to_json

ROOT = Path(__file__).resolve().parents[3]
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1), Grain.MONTH)
AS_OF = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


EURO = Rate("EUR", "USD", Decimal("1.0912"), date(2026, 11, 3), frozenset({"ecb"}))
EUROS = Foreign(Money.of("100", "EUR"), usd("109.12"), (EURO,))
FIGURES = ReportFigures(
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
    elsewhere=(
        Foreign(Money.of("45.20", "EUR"), usd("49.32"), (EURO,)),
        Foreign(Money.of("900", "JPY"), None, ()),
    ),
    changes=(Change("FOOD_AND_DRINK_GROCERIES", usd("82.50"), usd("90")),),
    standing=Standing(
        accounts=(
            AccountLine("Everyday", usd("800"), AS_OF),
            AccountLine("Euros", EUROS.amount, None, EUROS),
        ),
        net_worth=usd("909.12"),
        goals=(GoalLine("Japan", usd("600"), usd("4000"), Decimal(15), date(2027, 5, 1)),),
        bills=(BillLine("City Power", usd("60"), date(2026, 12, 20)),),
        bills_until=date(2026, 12, 30),
    ),
)
STYLE = Style("en_US", "America/New_York", date(2026, 12, 1))


def texts(pdf: bytes) -> list[str]:
    """Return what a reader of the PDF can select and copy, page by page."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [one.extract_text() for one in document.pages]


def page(figures: ReportFigures = FIGURES, style: Style = STYLE) -> Page:
    return lay_out(figures, english(), style)


def table(title: str) -> Table:
    (found,) = [one for one in page().tables if one.title == title]
    return found


class TestReportFigures:
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


def _budgets(drawn: Page) -> Table:
    (table,) = [one for one in drawn.tables if one.title == "Budgets"]
    return table


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
        assert [bar.label for bar in page().charts[0].picture.bars] == ["Rent", "Groceries"]

    def test_describes_the_chart_in_words(self) -> None:
        assert "Rent: $1,500.00" in page().charts[0].alt
        assert "Groceries: $82.50" in page().charts[0].alt

    def test_says_when_it_was_read_and_what_it_leaves_out(self) -> None:
        notes = " ".join(page().notes)
        assert "Tue 1 Dec 2026 08:00" in notes
        assert "Sat 28 Nov 2026" in notes
        assert "1 entry (20%)" in notes

    def test_shows_an_overspent_budget_as_negative(self) -> None:
        assert table("Budgets").rows == (("Food", "$60.00", "$82.50", "-$22.50"),)

    def test_sums_the_categories_up_to_what_was_spent(self) -> None:
        assert table("Spending by category").total == ("Total", "$1,572.50", "", "4")

    def test_values_other_currencies_by_a_rate_that_is_told_or_says_there_is_none(self) -> None:
        other = table("Spent in other currencies")
        assert other.rows == (("EUR", "€45.20", "$49.32"), ("JPY", "¥900", "no rate"))
        assert "1 EUR = 1.0912 USD (ECB, Tue 3 Nov 2026)" in other.note

    def test_shows_accounts_and_what_they_come_to(self) -> None:
        accounts = table("Accounts and net worth")
        assert accounts.rows == (
            ("Everyday", "$800.00", "Tue 1 Dec 2026", ""),
            ("Euros", "€100.00", "no entry yet", "$109.12"),
        )
        assert accounts.total[:2] == ("Net worth", "$909.12")
        assert "Tue 1 Dec 2026 08:00" in accounts.note

    def test_says_how_many_accounts_are_not_counted(self) -> None:
        standing = replace(FIGURES.standing, uncounted=2)
        told = page(replace(FIGURES, standing=standing))
        notes = " ".join(one.note for one in told.tables)
        assert "2 accounts without a rate" in notes

    def test_shows_what_changed_goals_and_bills(self) -> None:
        assert table("What changed most").rows == (("Groceries", "$82.50", "$90.00", "-$7.50"),)
        assert table("Savings goals").rows == (
            ("Japan", "$600.00", "$4,000.00", "15%", "Sat 1 May 2027"),
        )
        assert table("Bills ahead").rows == (("City Power", "$60.00", "Sun 20 Dec 2026"),)

    def test_draws_the_months_of_a_longer_period(self) -> None:
        months = (Share("2026-11", usd("70"), 2), Share("2026-10", usd("30"), 1))
        (_, chart) = page(replace(FIGURES, by_month=months)).charts
        assert [bar.amount for bar in chart.picture.bars] == ["$30.00", "$70.00"]
        assert "Nov: $70.00" in chart.alt

    def test_says_that_a_running_month_is_not_over(self) -> None:
        assert not any("not over" in note for note in page().notes)
        assert any("not over" in note for note in page(replace(FIGURES, is_over=False)).notes)

    def test_names_what_was_carried_only_where_something_was(self) -> None:
        line = replace(FIGURES.budgets[0], carried=usd("30"))
        table = _budgets(page(replace(FIGURES, budgets=(line,))))
        assert table.headers == ("Category", "Limit", "Carried over", "Spent", "Left")
        assert table.rows[0][1:] == ("$60.00", "$30.00", "$82.50", "$7.50")
        assert "Carried over" not in _budgets(page()).headers

    def test_leaves_out_a_table_without_rows(self) -> None:
        bare = replace(FIGURES, budgets=(), changes=(), elsewhere=(), standing=Standing())
        titles = [one.title for one in page(bare).tables]
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
        for text in ("Your month: November 2026", page().charts[0].alt):
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

    def test_repeats_the_head_of_a_table_that_goes_on(self) -> None:
        many = tuple(Share(f"user:thing_{n}", usd("1"), 1) for n in range(120))
        long = draw(page(replace(FIGURES, by_category=many)), seconds=60)
        assert [text.count("Share") for text in texts(long)[:3]] == [1, 1, 1]

    def test_embeds_every_font_and_shows_rupees_and_devanagari_as_text(self) -> None:
        shop = "चाय की दुकान"
        rupees = (Share(shop, Money.of("250", "INR"), 1),)
        figures = replace(FIGURES, top_merchants=rupees)
        pdf = draw(page(figures), seconds=60)
        assert pdf.count(b"/FontFile2") >= 3
        assert b"/Helvetica" not in pdf
        assert any("₹250.00" in text for text in texts(pdf))

    def test_gives_up_in_time(self) -> None:
        with pytest.raises(ReportNotDrawn):
            draw(page(), seconds=0)

    def test_says_so_when_the_page_makes_no_sense(self) -> None:
        with pytest.raises(ReportNotDrawn):
            draw(replace(page(), dated="never"), seconds=60)

    def drawn_with_hash_seed(self, seed: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "workers.reports.render"],
            input=json.dumps({"page": page_to_json(page())}).encode(),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**dict(os.environ), "PYTHONHASHSEED": seed},  # noqa: TID251 - a child's own
        )
        return done.stdout
