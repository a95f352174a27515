"""The exports of real banks' layouts are read in full, whatever country wrote them."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from core.statements.dates import DateOrder
from core.statements.reading import read_statement

FILES = Path(__file__).resolve().parents[2] / "payloads" / "statements"
EXPECTED = tomllib.loads((FILES / "expected.toml").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 21)
# Their lines are those of the print and the sheet, not of the file.
PACKED = (".pdf", ".xlsx")


def read(name: str):
    order = EXPECTED[name][0].get("order")
    return read_statement(
        (FILES / name).read_bytes(),
        filename=name,
        default_currency={"us": "USD", "uk": "GBP", "in": "INR"}.get(name[:2]),
        today=TODAY,
        date_order=DateOrder(order) if order else None,
    )


def plain(money):
    return None if money is None else money.plain


def told(statement, expected):
    """What a statement says, as far as ``expected`` asks."""
    first = statement.lines[0]
    says = {
        "format": statement.format.value,
        "currency": statement.account.currency,
        "lines": len(statement.lines),
        "total_in": plain(statement.total_in),
        "total_out": plain(statement.total_out),
        "number": statement.account.number,
        "kind": statement.account.kind,
        "opening": plain(statement.opening),
        "closing": plain(statement.closing),
        "as_of": str(statement.as_of),
        "warnings": [warning.code for warning in statement.warnings],
        "first": [str(first.booked_date), plain(first.amount), first.description, first.payee],
        "first_id": first.external_id,
    }
    return {key: says[key] for key in expected}


class TestBanks:
    def test_every_file_is_expected_and_every_expectation_has_a_file(self):
        files = {path.name for path in FILES.iterdir()} - {"README.md", "expected.toml"}
        assert files == EXPECTED.keys()
        assert len(files) >= 12

    @pytest.mark.parametrize("name", EXPECTED)
    def test_reads_what_the_bank_says(self, name: str):
        wanted = [
            {"warnings": []} | {key: value for key, value in one.items() if key != "order"}
            for one in EXPECTED[name]
        ]
        statements = read(name)
        assert [told(*pair) for pair in zip(statements, wanted, strict=True)] == wanted

    def test_at_least_twelve_banks_send_something_else_than_csv(self):
        others = [name for name in EXPECTED if not name.endswith((".csv", ".tsv"))]
        assert len(others) >= 12
        assert {EXPECTED[name][0]["format"] for name in others} == {
            *("qif", "mt940", "camt.053", "xlsx", "pdf")
        }
        assert {name[:2] for name in others} >= {"us", "uk", "in", "de", "fr", "es", "nl"}

    @pytest.mark.parametrize("name", [name for name in EXPECTED if not name.endswith(PACKED)])
    def test_knows_the_line_of_every_row(self, name: str):
        text = (FILES / name).read_bytes()
        encoding = "utf-16" if name.endswith(".tsv") else "latin-1"
        rows = text.decode(encoding).splitlines()
        for statement in read(name):
            for line in statement.lines:
                year = f"{line.booked_date:%y}"
                assert year in rows[line.line_number - 1]
