"""Cuts an MT940 text into its tagged fields, with the line each begins on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.statements.refusals import BadRows, RowProblem

_TAG = re.compile(r":(\d{2}[A-Z]?):(.*)")
# A field of money or balance that has lost its first colon would vanish in the text before it.
_BROKEN = re.compile(r"\s*6[0-5][A-Z]?:\s*\d?[A-Z]*\d{6}")
# What stands between two messages: the closing dash of one, the envelope of the next.
_END = re.compile(r"-\}?\s*\x03?\s*$|-\}?\{|\{")


class Field(NamedTuple):
    """One tag, its lines of text, and the line it begins on."""

    tag: str
    lines: tuple[str, ...]
    line: int


def fields(text: str) -> Iterator[Field]:
    """Yield every tagged field in order; text before the first tag and between messages is none."""
    tag, lines, begin = "", [""], 0
    for number, row in enumerate(text.split("\n"), start=1):
        match = _TAG.match(row.lstrip("\x01"))
        if match or _END.match(row):
            if tag:
                yield Field(tag, tuple(lines), begin)
            tag, lines, begin = (match[1], [match[2]], number) if match else ("", [], number)
        elif _BROKEN.match(row):
            raise BadRows([RowProblem(number, "tag_broken")])
        elif tag and row.strip():
            lines.append(row)
    if tag:
        yield Field(tag, tuple(lines), begin)
