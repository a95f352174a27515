"""Reads XLSX workbooks: each sheet with a table of rows is read as the same bank's CSV would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.statements import csv_lines
from core.statements.csv_style import Expectations
from core.statements.refusals import (
    ColumnsUnknown,
    EmptyFile,
    FormatUnknown,
    HeaderMissing,
    StatementRefused,
)
from core.statements.statement import Statement, StatementFormat
from core.statements.xlsx_sheets import sheet_texts

# A sheet of notes or pictures beside the table.
_NO_TABLE = (FormatUnknown, ColumnsUnknown, HeaderMissing, EmptyFile)


def read_xlsx(data: bytes, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read every sheet that holds a table by what its own header and rows tell."""
    return _each(
        sheet_texts(data, max_rows=max_rows),
        lambda text: csv_lines.read_csv(text, expected, max_rows=max_rows),
    )


def _each(
    texts: Sequence[str], read: Callable[[str], tuple[Statement, ...]]
) -> tuple[Statement, ...]:
    """Read all tables; without one, the first sheet's reason stands for the file."""
    found: list[Statement] = []
    why: StatementRefused | None = None
    for text in texts:
        try:
            found += read(text)
        except _NO_TABLE as error:
            why = why or error
    if not found:
        raise why or EmptyFile
    return tuple(replace(statement, format=StatementFormat.XLSX) for statement in found)
