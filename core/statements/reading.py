"""The door to statement files: bytes in, statements out, or one refusal with line and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from core.statements import csv_lines
from core.statements.camt_lines import read_camt
from core.statements.collecting import collecting_later
from core.statements.csv_style import Expectations
from core.statements.dates import DateOrder
from core.statements.detect import detect_format
from core.statements.mapping import CsvMapping
from core.statements.mt940_lines import read_mt940
from core.statements.ofx_lines import read_ofx
from core.statements.ofx_tokens import declared_encoding
from core.statements.printed_lines import looks_printed, read_pdf, read_printed
from core.statements.qif_lines import read_qif
from core.statements.refusals import (
    ColumnsUnknown,
    FileTooLarge,
    FormatUnknown,
    HeaderMissing,
)
from core.statements.statement import Statement, StatementFormat
from core.statements.table_files import Answers, TableRead, read_table_text
from core.statements.text import decode
from core.statements.xlsx_lines import read_xlsx


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How large a file may be: some fifty years of a busy account."""

    max_bytes: int = 30_000_000
    max_rows: int = 200_000


DEFAULT_LIMITS = ReadLimits()


class _ReadText(Protocol):
    """Reads the text of one format."""

    def __call__(
        self, text: str, expected: Expectations, *, max_rows: int
    ) -> tuple[Statement, ...]: ...


class _ReadBytes(Protocol):
    """Reads the bytes of a format that says itself how they are encoded."""

    def __call__(
        self, data: bytes, expected: Expectations, *, max_rows: int
    ) -> tuple[Statement, ...]: ...


def _read_table(text: str, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read a CSV; a text without a table may be what somebody copied out of a PDF."""
    try:
        return csv_lines.read_csv(text, expected, max_rows=max_rows)
    except (FormatUnknown, ColumnsUnknown, HeaderMissing):
        if not looks_printed(text):
            raise
        return read_printed(text, expected, max_rows=max_rows)


_TEXTS: Mapping[StatementFormat, _ReadText] = {
    StatementFormat.CSV: _read_table,
    StatementFormat.QIF: read_qif,
    StatementFormat.MT940: read_mt940,
}
_OWN_ENCODING: Mapping[StatementFormat, _ReadBytes] = {
    StatementFormat.CAMT: read_camt,
    StatementFormat.PDF: read_pdf,
    StatementFormat.XLSX: read_xlsx,
}


@collecting_later()
def read_statement(
    data: bytes,
    *,
    filename: str,
    default_currency: str | None,
    today: date,
    date_order: DateOrder | None = None,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> tuple[Statement, ...]:
    """Read a statement file of any known format in full, or raise why not.

    The format is told by the content; ``filename`` only hints at the account.
    ``default_currency`` and ``date_order`` (from the user's country) settle what the file leaves
    open. Every refusal is a `FinanceError` with a ``statement.*`` code.
    """
    _check_size(data, limits)
    file_format = detect_format(data)
    expected = Expectations(today, default_currency, date_order, filename)
    if file_format in _OWN_ENCODING:
        return _OWN_ENCODING[file_format](data, expected, max_rows=limits.max_rows)
    if file_format in _TEXTS:
        return _TEXTS[file_format](decode(data), expected, max_rows=limits.max_rows)
    return read_ofx(
        decode(data, declared=declared_encoding(data)),
        today=today,
        default_currency=default_currency,
        file_format=file_format,
        max_rows=limits.max_rows,
    )


@collecting_later()
def read_confirmed(
    data: bytes,
    expected: Expectations,
    answers: Answers,
    saved: Mapping[str, Mapping[str, Any]],
    *,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> TableRead:
    """Read a file, a table by what the user said of it; raise what has to be asked.

    ``saved`` are the layouts the user confirmed before, by the hash of their column names.
    """
    _check_size(data, limits)
    if detect_format(data) is StatementFormat.CSV:
        try:
            text = decode(data)
            return read_table_text(text, expected, answers, saved, max_rows=limits.max_rows)
        except (FormatUnknown, ColumnsUnknown, HeaderMissing):
            pass  # perhaps the text of a print; if not, the same reason is told below
    found = read_statement(
        data,
        filename=expected.filename,
        default_currency=expected.currency,
        today=expected.today,
        date_order=expected.date_order,
        limits=limits,
    )
    return TableRead(found)


def find_mapping(
    data: bytes, expected: Expectations, *, limits: ReadLimits = DEFAULT_LIMITS
) -> CsvMapping:
    """Return how a CSV file would be read, for the user to confirm and the store to keep."""
    return csv_lines.find_mapping(_table_text(data, limits), expected, max_rows=limits.max_rows)


def read_with(
    mapping: CsvMapping,
    data: bytes,
    expected: Expectations,
    *,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> tuple[Statement, ...]:
    """Read a CSV file by a saved mapping; another layout is refused."""
    text = _table_text(data, limits)
    return csv_lines.read_with(mapping, text, expected, max_rows=limits.max_rows)


def _table_text(data: bytes, limits: ReadLimits) -> str:
    _check_size(data, limits)
    if detect_format(data) is not StatementFormat.CSV:
        raise FormatUnknown(reason="no_table")
    return decode(data)


def _check_size(data: bytes, limits: ReadLimits) -> None:
    if len(data) > limits.max_bytes:
        raise FileTooLarge(limit=limits.max_bytes)
