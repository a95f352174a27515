"""XLSX: a sheet is read as the bank's CSV would be, and no workbook can hurt the reader."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest

from core.statements.reading import read_statement
from core.statements.refusals import BadRows, StatementRefused
from tests.unit.core.test_statements_banks import FILES, TODAY

GOOD = (FILES / "us_mesa_checking.xlsx").read_bytes()
HEADER: list[object] = ["Date", "Description", "Amount"]


def workbook(*sheets: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes):
    return read_statement(data, filename="a.xlsx", default_currency="USD", today=TODAY)


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


def with_torn_stream(data: bytes, name: str) -> bytes:
    """Return the file with the packed bytes of one part overwritten."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        start = packed.getinfo(name).header_offset + 30 + len(name)
    return data[:start] + b"\xff" * 40 + data[start + 40 :]


class TestReadXlsx:
    @pytest.mark.parametrize(
        ("cell", "minor"),
        [
            (-12.5, -1250),
            (-1250, -125000),
            (0.1 + 0.2, 30),
            (-1234.567, -123457),
            ("-12.50", -1250),
        ],
    )
    def test_reads_the_number_that_the_sheet_shows(self, cell, minor):
        (statement,) = read(workbook([HEADER, [date(2026, 10, 1), "Cafe", cell]]))
        assert [line.amount.minor for line in statement.lines] == [minor]

    def test_names_the_row_of_the_sheet(self):
        rows = [["Mesa"], [], HEADER, [date(2026, 10, 1), "A\nB", -1], ["soon", "Bad", -2]]
        with pytest.raises(BadRows) as refused:
            read(workbook(rows))
        assert refused.value.fields["line"] == 5

    def test_reads_every_sheet_with_a_table(self):
        october = [HEADER, [date(2026, 10, 1), "Cafe", -1]]
        november = [HEADER, [date(2026, 11, 1), "Cafe", -1]]
        assert len(read(workbook(october, [["Notes"]], november))) == 2

    def test_refuses_a_formula_whose_value_is_not_kept(self):
        with pytest.raises(BadRows) as refused:
            read(workbook([HEADER, [date(2026, 10, 1), "Cafe", "=1+1"]]))
        assert refused.value.fields["reason"] == "amount_missing"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (GOOD[: len(GOOD) // 2], "truncated"),
            (with_torn_stream(GOOD, "xl/worksheets/sheet1.xml"), "truncated"),
            (with_part(GOOD, "xl/workbook.xml", b"<workbook"), "workbook_broken"),
            (with_part(GOOD, "xl/worksheets/sheet1.xml", b"\0" * 200_000_000), "unpacks_too_large"),
            (
                with_part(
                    GOOD, "xl/worksheets/sheet1.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
                ),
                "xml_unsafe",
            ),
        ],
    )
    def test_refuses_what_is_broken_or_meant_to_break_it(self, data, reason):
        with pytest.raises(StatementRefused) as refused:
            read(data)
        assert refused.value.fields["reason"] == reason
