"""Turns the sheets of a workbook into tables of text, one line a row, as a CSV would hold them."""

from __future__ import annotations

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from core.statements.refusals import FileTruncated, FormatUnknown, TooManyRows

MAX_SHEETS = 20
MAX_COLUMNS = 60
# Unpacked; a hundred thousand rows are some thirty millions.
MAX_UNPACKED = 150_000_000
# What a workbook has no use for, and an attack on its reader has.
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!D".encode("utf-16-be"))
_HEAD_BYTES = 4_096
_BETWEEN = str.maketrans("\t\r\n\0", "    ")
_DIGITS_OF_A_CELL = 15


def sheet_texts(data: bytes, *, max_rows: int) -> tuple[str, ...]:
    """Return each sheet that has rows as text, cells divided by tabs; raise if it is broken."""
    _check_parts(data)
    # Loaded here: a quarter of a second that only a workbook should cost.
    import openpyxl  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        try:
            sheets = [
                _text(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), max_rows)
                for sheet in book.worksheets[:MAX_SHEETS]
            ]
        finally:
            book.close()
    except TooManyRows:
        raise
    except Exception as error:
        # The library raises whatever its own code stumbles over (KeyError, ValueError, TypeError,
        # XML errors ...); for us it all means that the workbook cannot be read in full.
        raise FormatUnknown(reason="workbook_broken") from error
    return tuple(text for text in sheets if text.strip())


def _check_parts(data: bytes) -> None:
    """Refuse a packed file that unpacks to too much, or whose XML declares anything."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise FormatUnknown(reason="unpacks_too_large")
            for part in packed.infolist():
                with packed.open(part) as file:
                    head = file.read(_HEAD_BYTES)
                if any(mark in head for mark in _DECLARED):
                    raise FormatUnknown(reason="xml_unsafe")
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise FileTruncated from error
    except (NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise FormatUnknown(reason="workbook_broken") from error


def _text(rows: Iterable[Sequence[object]], max_rows: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for count, row in enumerate(rows):
        if count > max_rows + MAX_COLUMNS:
            raise TooManyRows(line=count, limit=max_rows)
        writer.writerow(_cells(row))
    return out.getvalue()


def _cells(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        yield _cell(value).translate(_BETWEEN)


def _cell(value: object) -> str:
    """Write a cell as a bank's CSV would: plain decimals, ISO days."""
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case float():
            return _decimal(value)
        case _:
            return str(value).strip()


def _decimal(value: float) -> str:
    """Write the number that the sheet shows: a float's last digits are no part of it.

    Three decimals could be read as a group of thousands, so they become four.
    """
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - how NaN is told
        return "?"
    plain = f"{Decimal(format(value, f'.{_DIGITS_OF_A_CELL}g')):f}"
    whole, point, decimals = plain.partition(".")
    return f"{whole}.{decimals}0" if point and len(decimals) in (1, 3) else whole + point + decimals
