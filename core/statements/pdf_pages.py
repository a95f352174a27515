"""Takes the words off the pages of a PDF; pictures, scripts and forms are never looked at."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.statements.page_text import PrintedLine, Word
from core.statements.refusals import FileTruncated, FormatUnknown, NoTextLayer, TooManyRows

MAX_PAGES = 200
# Unpacked, the texts of a statement are some kilobytes a page.
MAX_UNPACKED = 30_000_000
_STREAM = re.compile(rb"stream\r?\n")
# Words of one line stand on one height, give or take a raised letter.
_SAME_LINE = 3.0
_WIDEST_GAP = 2.0


def pdf_lines(data: bytes) -> tuple[PrintedLine, ...]:
    """Return the lines of all pages; raise when the file is broken or has no text."""
    _refuse_bombs(data)
    found: list[PrintedLine] = []
    for page, words in _pages(data):
        for line in _in_lines(words):
            found.append(PrintedLine.of(len(found) + 1, page, line))
    if not found:
        raise NoTextLayer
    return tuple(found)


def _pages(data: bytes) -> Iterator[tuple[int, Sequence[Mapping[str, Any]]]]:
    # Loaded here: a tenth of a second that only a PDF should cost.
    import pdfplumber  # noqa: PLC0415

    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            _check_pages(len(pdf.pages))
            for page in pdf.pages:
                yield page.page_number, page.extract_words(x_tolerance=_WIDEST_GAP)
                page.close()
    except TooManyRows:
        raise
    except Exception as error:
        # The library raises whatever its own code stumbles over (KeyError, AssertionError, struct
        # errors ...); for us it all means that this is no PDF that can be read in full.
        raise _why(data) from error


def _check_pages(count: int) -> None:
    if count > MAX_PAGES:
        raise TooManyRows(limit=MAX_PAGES, reason="too_many_pages")


def _why(data: bytes) -> Exception:
    return FormatUnknown(reason="pdf_broken") if b"%%EOF" in data[-2048:] else FileTruncated()


def _refuse_bombs(data: bytes) -> None:
    """Refuse a file whose packed parts unpack to more than any statement holds."""
    left = MAX_UNPACKED
    for match in _STREAM.finditer(data):
        unpacker = zlib.decompressobj()
        try:
            left -= len(unpacker.decompress(data[match.end() :], left + 1))
        except zlib.error:
            continue  # not packed this way
        if left < 0:
            raise FormatUnknown(reason="unpacks_too_large")


def _in_lines(words: Sequence[Mapping[str, Any]]) -> Iterator[list[Word]]:
    """Put the words of a page into lines, from the top, each from the left."""
    line: list[Mapping[str, Any]] = []
    for word in sorted(words, key=lambda one: (one["top"], one["x0"])):
        if line and word["top"] - line[0]["top"] > _SAME_LINE:
            yield _from_left(line)
            line = []
        line.append(word)
    if line:
        yield _from_left(line)


def _from_left(words: Sequence[Mapping[str, Any]]) -> list[Word]:
    return [
        Word(str(one["text"]), float(one["x0"]), float(one["x1"]))
        for one in sorted(words, key=lambda one: float(one["x0"]))
    ]
