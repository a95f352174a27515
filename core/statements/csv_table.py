"""Cuts a CSV text into a table: the delimiter, the lines before the header, the rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise

from core.errors import FinanceError
from core.statements.amounts import take_apart
from core.statements.csv_columns import Header, read_header
from core.statements.dates import DateOrder, read_date
from core.statements.headers import fold
from core.statements.refusals import (
    BadRows,
    ColumnsUnknown,
    FormatUnknown,
    HeaderMissing,
    RowProblem,
    TooManyRows,
)

# A header further down than this is not one.
MAX_PREAMBLE_LINES = 60
MAX_HEADER_SHOWN = 120
_HEAD_SIGNS = 60_000
_DELIMITERS = ",;\t|"

# A row of the table: the line it begins on, and its cells.
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV text cut into cells: what stands before the header, the header, the rows."""

    delimiter: str
    preamble: tuple[Row, ...]
    header: Header
    rows: tuple[Row, ...]


def labelled(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield every cell of the lines before a table with what stands behind it, as one would read.

    Behind ``Currency: EUR`` stands what follows the colon, else the next cell that is not empty.
    """
    for _, cells in rows:
        filled = [cell.strip() for cell in cells if cell.strip()]
        for label, following in pairwise([*filled, ""]):
            name, _, inside = label.partition(":")
            yield fold(name), inside.strip() or following


def read_table(text: str, *, max_rows: int) -> Table:
    """Cut ``text`` into a table whose header we understand, or raise why it is none."""
    delimiter, begin = _find_header(text)
    rows: list[Row] = []
    reader = _cut(text, delimiter)
    preamble = tuple(islice(reader, begin))
    _, names = next(reader)
    for row in reader:
        if row[1] and row[1] != names:
            rows.append(row)
            if len(rows) > max_rows:
                raise TooManyRows(line=row[0], limit=max_rows)
    return Table(delimiter, preamble, read_header(names), tuple(rows))


def header_of(text: str) -> Header:
    """Return the header of a table without its rows."""
    delimiter, begin = _find_header(text)
    _, names = next(islice(_cut(text[:_HEAD_SIGNS], delimiter), begin, None))
    return read_header(names)


def _cut(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of ``text``; a quote that never closes is refused, not swallowed."""
    unbalanced = text.count('"') % 2 == 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            if unbalanced and any("\n" in cell for cell in cells):
                raise BadRows([RowProblem(line, "quote_unclosed")])
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise BadRows([RowProblem(line, "cells_broken")]) from None


def _head(text: str, delimiter: str) -> list[Row]:
    """Return the first rows, as far as they can be cut."""
    rows: list[Row] = []
    try:
        for row in _cut(text[:_HEAD_SIGNS], delimiter):
            rows.append(row)
            if len(rows) > MAX_PREAMBLE_LINES:
                break
    except BadRows:
        pass
    return rows


def _find_header(text: str) -> tuple[str, int]:
    """Return the delimiter and the index of the header row; the best understood line wins."""
    best: tuple[int, str, int] = (0, "", 0)
    nearest: tuple[int, int, Header | None] = (0, 0, None)
    for delimiter in _DELIMITERS:
        for at, (line, cells) in enumerate(_head(text, delimiter)):
            if len(cells) < 2:
                continue
            header = read_header(cells)
            if not header.columns.missing and header.score > best[0]:
                best = (header.score, delimiter, at)
            elif header.score > nearest[0]:
                nearest = (header.score, line, header)
    if best[0]:
        return best[1], best[2]
    raise _why_no_header(text, nearest[1], nearest[2])


def _why_no_header(text: str, line: int, nearest: Header | None) -> FinanceError:
    if nearest and nearest.score > 1:  # two column names are no coincidence
        shown = ", ".join(name for name in nearest.names if name)[:MAX_HEADER_SHOWN]
        return ColumnsUnknown(line=line, missing=nearest.columns.missing, header=shown)
    for delimiter in _DELIMITERS:
        for first, cells in _head(text, delimiter):
            if _is_entry(cells):
                return HeaderMissing(line=first)
    return FormatUnknown(reason="no_table")


def _is_entry(cells: Sequence[str]) -> bool:
    """Tell whether a row looks like a booking: it begins with a day and has an amount."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 2 and any(map(_is_day, filled[:2])) and any(map(_is_amount, filled[1:]))


def _is_day(cell: str) -> bool:
    try:
        read_date(cell, order=DateOrder.DAY_FIRST, today=date.max)
    except FinanceError:
        return False
    return True


def _is_amount(cell: str) -> bool:
    try:
        take_apart(cell)
    except FinanceError:
        return False
    return True
