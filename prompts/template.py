"""Phrase templates: text with ``{name}`` placeholders and ``[[ optional ]]`` parts.

An optional part disappears, with its surroundings tidied, when one of its own placeholders has
no value; optional parts may hold others. A placeholder outside of one must have a value. Values
are put in as they are and never read as templates. ``{name:near}`` asks for a variant of the
same figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Stands where an optional part was; it is taken out of values, so it occurs nowhere else.
_GONE = "\x00"
_GONE_LINE = re.compile(rf"(?m)^[ \t]*{_GONE}[ \t{_GONE}]*\n|\n[ \t]*{_GONE}[ \t{_GONE}]*\Z")
_GONE_GAP = re.compile(rf"(?m)[ \t]*(?:{_GONE}[ \t]*)+(?=[.,;:!?)]|$)|(?<!\S)(?:{_GONE}[ \t]*)+")
_TOKEN = re.compile(r"\[\[|\]\]|\{([a-z][a-z0-9_]*(?::[a-z]+)?)\}")
_STRAY = re.compile(r"[{}]|\[\[|\]\]")

Value = str | int


class TemplateMalformed(Exception):
    """The text of a phrase cannot be read as a template."""


class FieldMissing(Exception):
    """A placeholder outside of an optional part has no value."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder: the name of a field, with a variant after a colon when it has one."""

    placeholder: str

    @property
    def name(self) -> str:
        """The field's name without the variant."""
        return self.placeholder.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Part:
    """Text, placeholders and optional parts in their order."""

    pieces: tuple[Piece, ...]

    @property
    def required(self) -> frozenset[str]:
        """The fields this part cannot be written without."""
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, Slot))

    @property
    def names(self) -> frozenset[str]:
        """All fields, those of its optional parts included."""
        inner = (piece.names for piece in self.pieces if isinstance(piece, Part))
        return self.required.union(*inner)

    @property
    def source(self) -> str:
        """The text as a writer sees it, without the marks of optional parts."""
        return "".join(_source(piece) for piece in self.pieces)


Piece = str | Slot | Part
Template = Part


def compile_template(text: str) -> Template:
    """Read ``text`` as a template; raise `TemplateMalformed` when brackets do not pair up."""
    open_parts: list[list[Piece]] = [[]]
    position = 0
    for token in _TOKEN.finditer(text):
        open_parts[-1] += _literal(text[position : token.start()])
        position = token.end()
        if token[1]:
            open_parts[-1].append(Slot(token[1]))
        elif token[0] == "[[":
            open_parts.append([])
        else:
            _close(open_parts, text)
    open_parts[-1] += _literal(text[position:])
    if len(open_parts) > 1:
        raise TemplateMalformed(f"an optional part has no end: {text!r}")
    return Part(tuple(open_parts[0]))


def fill(template: Template, fields: Mapping[str, Value]) -> str:
    """Put values into ``template``; raise `FieldMissing` with the name of one that is not there."""
    text = "".join(_written(template, fields))
    return _tidy(text) if _GONE in text else text


def _written(part: Part, fields: Mapping[str, Value]) -> Iterator[str]:
    for piece in part.pieces:
        if isinstance(piece, str):
            yield piece
        elif isinstance(piece, Slot):
            value = fields.get(piece.placeholder)
            if value is None or value == "":
                raise FieldMissing(piece.placeholder)
            yield str(value).replace(_GONE, "")
        else:
            try:
                yield "".join(_written(piece, fields))
            except FieldMissing:
                yield _GONE


def _close(open_parts: list[list[Piece]], text: str) -> None:
    """End the innermost optional part and put it into the part around it."""
    if len(open_parts) == 1:
        raise TemplateMalformed(f"an optional part has no beginning: {text!r}")
    part = Part(tuple(open_parts.pop()))
    if not part.required:
        raise TemplateMalformed(f"an optional part without a placeholder of its own: {text!r}")
    open_parts[-1].append(part)


def _literal(text: str) -> list[Piece]:
    if _STRAY.search(text):
        raise TemplateMalformed(f"a brace that belongs to no placeholder: {text!r}")
    return [text] if text else []


def _source(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    return f"{{{piece.placeholder}}}" if isinstance(piece, Slot) else piece.source


def _tidy(text: str) -> str:
    """Remove what an optional part left behind: an empty line, a doubled or a dangling space."""
    return _GONE_GAP.sub("", _GONE_LINE.sub("", text)).replace(_GONE, "").strip()
