"""A printed page as lines of words with their places, whether from a PDF or from its plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_WORD = re.compile(r"\S+")
# A sign of plain text is about as wide as this in the points that a PDF counts in.
_SIGN_WIDTH = 6.0
_PAGE_BREAK = re.compile(r"\f|^=== ?PAGE ?=*\s*$")


class Word(NamedTuple):
    """A run of signs and how far it reaches across the page."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of the print; ``number`` counts through all pages, ``page`` through the file."""

    number: int
    page: int
    text: str
    words: tuple[Word, ...]

    @classmethod
    def of(cls, number: int, page: int, words: Sequence[Word]) -> PrintedLine:
        """Return a line of ``words``, its text with single spaces."""
        return cls(number, page, " ".join(word.text for word in words), tuple(words))


def lines_of_text(text: str) -> tuple[PrintedLine, ...]:
    """Return the lines of a text layer that somebody took out of a PDF."""
    lines: list[PrintedLine] = []
    page = 1
    for number, row in enumerate(text.split("\n"), start=1):
        if _PAGE_BREAK.search(row):
            page += 1
            row = row.replace("\f", " ") if "\f" in row else ""  # noqa: PLW2901 - the rest of it
        words = [
            Word(found[0], found.start() * _SIGN_WIDTH, found.end() * _SIGN_WIDTH)
            for found in _WORD.finditer(row)
        ]
        lines.append(PrintedLine.of(number, page, words))
    return tuple(lines)
