"""Settles columns by what stands in them: which one says "debit" or "credit" beside an amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.statements.amounts import PrintedAmount
from core.statements.csv_columns import Columns, Header
from core.statements.csv_table import Row
from core.statements.headers import fold, words

# Enough rows to see every word a bank uses in such a column.
_SAMPLE_ROWS = 5_000


def direction_of(word: str) -> int:
    """Return +1 for a word that means money in, -1 for money out, 0 for any other."""
    folded = fold(word)
    if folded in words("in"):
        return 1
    return -1 if folded in words("out") or folded in words("out_beside") else 0


def mark_of(printed: PrintedAmount, columns: Columns, cells: Sequence[str]) -> int:
    """Return +1 or -1 if the row says "credit" or "debit" in its type or at its amount, else 0."""
    typed = 0 if columns.type is None else direction_of(cells[columns.type])
    return typed or printed.marked


def settle_columns(header: Header, rows: Sequence[Row]) -> Columns:
    """Return the header's columns, corrected by what the rows hold.

    A type column counts only if every value means in or out; a column without a name, or one of
    several columns of text, may be that column.
    """
    columns = header.columns
    if columns.amount is None:
        return replace(columns, type=None)
    sample = [cells for _, cells in rows[:_SAMPLE_ROWS] if _is_dated(columns, cells)]
    for at in _candidates(header):
        if _holds_marks(at, sample):
            rest = tuple(other for other in columns.description if other != at)
            return replace(columns, type=at, description=rest)
    if columns.type is None:
        return columns
    # "Card payment", "Transfer": words about the row after all.
    texts = columns.description or (columns.type,)
    return replace(columns, type=None, description=texts)


def _candidates(header: Header) -> list[int]:
    columns = header.columns
    unnamed = [at for at, name in enumerate(header.names) if not name]
    named = [] if columns.type is None else [columns.type]
    spare = columns.description if len(columns.description) > 1 else ()
    return [*named, *unnamed, *spare]


def _is_dated(columns: Columns, cells: Sequence[str]) -> bool:
    at = columns.date or 0
    return at < len(cells) and any(map(str.isdigit, cells[at]))


def _holds_marks(at: int, rows: Sequence[Sequence[str]]) -> bool:
    values = {cells[at].strip() for cells in rows if at < len(cells)} - {""}
    return bool(values) and all(direction_of(value) for value in values)
