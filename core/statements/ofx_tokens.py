"""Cuts an OFX text (SGML of 1.x with open tags, or XML of 2.x) into tags and their values.

Nothing is ever expanded or fetched: entities that a file declares stay as they are written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

# A value runs to the next tag; a bare "<" inside a text is part of it.
_TAG = re.compile(r"<(/?)([A-Za-z][\w.]*)[^<>]*>([^<]*(?:<(?![/A-Za-z!?])[^<]*)*)")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CHARSET = re.compile(rb"^CHARSET:\s*([\w-]+)|encoding=[\"']([\w-]+)", re.MULTILINE)
_HEADER_BYTES = 1_000


class Tag(NamedTuple):
    """An opening or closing tag, the text right after it, and the line it stands on."""

    name: str
    closes: bool
    value: str
    line: int


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that the file's header names, as Python calls it."""
    match = _CHARSET.search(data[:_HEADER_BYTES])
    if match is None:
        return None
    name = (match[1] or match[2]).decode("ascii").lower()
    return f"cp{name}" if name.isdigit() else name


def tags(text: str) -> Iterator[Tag]:
    """Yield every tag of ``text`` in order."""
    text = _COMMENT.sub(_keep_lines, _CDATA.sub(_as_text, text))
    line, counted = 1, 0
    for match in _TAG.finditer(text):
        begin = match.start()
        line += text.count("\n", counted, begin)
        counted = begin
        slash, name, value = match.groups()
        yield Tag(name.upper(), bool(slash), _plain(value), line)


def _as_text(match: re.Match[str]) -> str:
    return html.escape(match[1], quote=False)


def _keep_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _plain(value: str) -> str:
    value = value.strip()
    return html.unescape(value) if "&" in value else value
