"""Printed statements: opening + movements = closing, or the file is refused."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest

from core.statements.csv_style import Expectations
from core.statements.dates import DateOrder
from core.statements.page_text import PrintedLine
from core.statements.pdf_pages import pdf_lines
from core.statements.printed_amounts import is_amount
from core.statements.printed_lines import _read
from core.statements.reading import read_statement
from core.statements.refusals import (
    BadRows,
    BalancesContradict,
    DirectionUnknown,
    NoTextLayer,
    StatementRefused,
)
from tests.unit.core.test_statements_banks import FILES, TODAY

RECONCILED = sorted(path.name for path in FILES.glob("*.pdf") if "deccan_card" not in path.name)
PAGES = {name: pdf_lines((FILES / name).read_bytes()) for name in RECONCILED}
EXPECTED = Expectations(TODAY, "EUR", DateOrder.DAY_FIRST)


def read_lines(lines: Sequence[PrintedLine]):
    return _read(lines, EXPECTED, 1000)


def read(text: str, currency: str = "USD", order: DateOrder | None = None):
    return read_statement(
        text.encode(),
        filename="a.txt",
        default_currency=currency,
        today=TODAY,
        date_order=order,
    )


def rows_of(name: str) -> list[int]:
    (statement,) = read_lines(PAGES[name])
    return [line.line_number for line in statement.lines]


def with_changed_amount(line: PrintedLine) -> PrintedLine:
    """Make the first amount of a row one cent more or less."""
    words = list(line.words)
    at = next(at for at, word in enumerate(words) if is_amount(word.text))
    text = words[at].text
    last = max(place for place, sign in enumerate(text) if sign.isdigit())
    other = "1" if text[last] == "0" else "0" if text[last] == "1" else str(int(text[last]) - 1)
    words[at] = words[at]._replace(text=text[:last] + other + text[last + 1 :])
    return PrintedLine.of(line.number, line.page, words)


def every_change(name: str) -> Iterator[tuple[str, list[PrintedLine]]]:
    lines = PAGES[name]
    for number in rows_of(name):
        at = next(at for at, line in enumerate(lines) if line.number == number)
        yield (
            f"{number} changed",
            [
                *lines[:at],
                with_changed_amount(lines[at]),
                *lines[at + 1 :],
            ],
        )
        yield f"{number} lost", [*lines[:at], *lines[at + 1 :]]


class TestReconciles:
    @pytest.mark.parametrize("name", RECONCILED)
    def test_refuses_every_page_on_which_one_row_is_changed_or_lost(self, name: str):
        changes = list(every_change(name))
        assert len(changes) >= 6
        for what, lines in changes:
            with pytest.raises(StatementRefused):
                print(what, read_lines(lines))  # noqa: T201 - shown only when it is not refused

    @pytest.mark.parametrize("name", RECONCILED)
    def test_states_both_balances_and_no_warning(self, name: str):
        (statement,) = read_lines(PAGES[name])
        assert statement.opening is not None
        assert statement.closing is not None
        moved = statement.total_in - statement.total_out
        assert statement.opening + moved == statement.closing
        assert statement.warnings == ()


class TestDirections:
    def test_follow_from_the_running_balance_alone(self):
        (statement,) = read(
            "Opening Balance 100.00\nDate Details Amount Balance\n"
            "2026-10-02 Cafe 4.00 96.00\n2026-10-03 Wages 50.00 146.00\n"
        )
        assert [line.amount.minor for line in statement.lines] == [-400, 5000]

    def test_are_not_guessed_when_two_ways_come_to_the_same(self):
        text = (
            "Opening Balance 100.00\nDate Details Amount Balance\n"
            "2026-10-02 A 5.00\n2026-10-03 B 5.00\n2026-10-04 C 1.00 101.00\n"
        )
        with pytest.raises(DirectionUnknown):
            read(text)

    def test_are_not_guessed_without_any_sign(self):
        with pytest.raises(DirectionUnknown) as refused:
            read("Date Details Amount\n2026-10-02 Cafe 4.00\n2026-10-03 Wages 50.00\n")
        assert refused.value.fields["line"] == 2

    def test_newest_first_is_read_as_well(self):
        (statement,) = read(
            "Date Details Amount Balance\n2026-10-03 Wages 50.00 146.00\n"
            "2026-10-02 Cafe 4.00 96.00\n2026-10-01 Gift 20.00 100.00 \nOpening Balance 80.00\n"
        )
        assert [line.amount.minor for line in statement.lines] == [5000, -400, 2000]

    def test_a_broken_running_balance_is_a_lost_row(self):
        text = (
            "Date Details Amount Balance\n2026-10-01 Gift +20.00 100.00\n"
            "2026-10-02 Cafe -4.00 96.00\n2026-10-03 Tea -2.00 90.00\n"
        )
        with pytest.raises(BalancesContradict):
            read(text)


class TestDays:
    def test_the_year_comes_from_the_period(self):
        (statement,) = read(
            "Statement period 12/15/2025 - 01/14/2026\nOpening Balance 10.00\n"
            "Date Details Amount\n12/20 Cafe -4.00\n01/05 Tea -1.00\nClosing Balance 5.00\n"
        )
        assert [line.booked_date for line in statement.lines] == [
            date(2025, 12, 20),
            date(2026, 1, 5),
        ]

    def test_no_year_is_invented(self):
        with pytest.raises(BadRows) as refused:
            read("Date Details Amount\n12/20 Cafe -4.00\n")
        assert refused.value.fields["reason"] == "date_bad"

    def test_a_figure_behind_a_month_is_no_year(self):
        text = (
            "Statement period 01 Nov 2026 - 20 Nov 2026\nDate Details Amount\n"
            "3 Nov 12 Eggs -12.00\n4 Nov Tea -1.00\n"
        )
        with pytest.raises(BadRows):
            read(text)

    def test_rows_without_a_day_are_not_booked_unless_the_balances_prove_them(self):
        text = "Date Details Amount\n2026-10-02 Cafe -4.00\nTea -1.00\n"
        with pytest.raises(BadRows) as refused:
            read(text)
        assert refused.value.fields["reason"] == "date_missing"
        (statement,) = read(f"Opening Balance 10.00\n{text}Closing Balance 5.00\n")
        assert {line.booked_date for line in statement.lines} == {date(2026, 10, 2)}


class TestBrokenFiles:
    GOOD = (FILES / "us_first_river_checking.pdf").read_bytes()

    def test_a_cut_off_file_is_refused(self):
        for size in range(200, len(self.GOOD), 97):
            try:
                found = read_statement(
                    self.GOOD[:size], filename="a.pdf", default_currency="USD", today=TODAY
                )
            except StatementRefused:
                continue
            # The library can mend a lost table of contents; then nothing may be missing.
            assert len(found[0].lines) == 4

    def test_a_picture_without_text_is_told_apart(self):
        blank = self.GOOD
        start = blank.index(b"stream\n") + 7
        end = blank.index(b"\nendstream")
        empty = zlib.compress(b" ")
        data = blank[:start] + empty.ljust(end - start, b" ") + blank[end:]
        with pytest.raises(NoTextLayer):
            read_statement(data, filename="a.pdf", default_currency="USD", today=TODAY)

    def test_a_page_that_unpacks_without_end_is_refused(self):
        bomb = zlib.compress(b" " * 31_000_000, 1)
        data = b"%PDF-1.4\n1 0 obj\n<</Filter/FlateDecode>>\nstream\n" + bomb + b"\nendstream\n"
        with pytest.raises(StatementRefused) as refused:
            read_statement(data, filename="a.pdf", default_currency="USD", today=TODAY)
        assert refused.value.fields["reason"] == "unpacks_too_large"

    def test_card_numbers_are_starred(self):
        lines = [
            replace(line, text=line.text.replace("XXXX XXXX XXXX 4410", "4111 1111 1111 1111"))
            for line in PAGES["us_prairie_card.pdf"]
        ]
        (statement,) = read_lines(lines)
        assert statement.account.number == "************1111"


class TestAFigureThatIsNone:
    def test_is_refused_with_its_line(self):
        with pytest.raises(BadRows) as refused:
            read("13.10.26\tDate", currency="EUR", order=DateOrder.DAY_FIRST)
        assert refused.value.fields["line"] == 1
