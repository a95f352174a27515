"""Walks the XML of a bank: plain elements only, no document type, no entities, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

# Expat is told below to refuse what makes XML unsafe: declared entities and outside references.
from xml.parsers import expat

from core.statements.refusals import FileTruncated, FormatUnknown, StatementRefused

MAX_DEPTH = 60
MAX_TEXT = 10_000


@dataclass(slots=True)
class Element:
    """One element without its namespace: its text, attributes, children and line."""

    name: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def find(self, path: str) -> Element | None:
        """Return the first element at ``path`` (names with slashes), or nothing."""
        return next(self.all(path), None)

    def all(self, path: str) -> Iterator[Element]:
        """Yield every element at ``path``."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def get(self, *paths: str) -> str:
        """Return the text at the first of ``paths`` that has any."""
        for path in paths:
            found = self.find(path)
            if found is not None and found.text:
                return found.text
        return ""


class XmlUnsafe(StatementRefused):
    """The file declares a document type or entities; no bank needs either."""

    code = "statement.xml_unsafe"
    reason = "xml_unsafe"


def read_xml(data: bytes, *, max_elements: int) -> Element:
    """Return the root element; raise why the file is no plain XML."""
    walker = _Walker(max_elements)
    try:
        walker.parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        _refuse(error)
    except (LookupError, ValueError):
        # The encoding it declares is unknown, or none for XML.
        raise FormatUnknown(line=1, reason="encoding_unknown") from None
    assert walker.root is not None
    return walker.root


def _refuse(error: expat.ExpatError) -> None:
    messages = expat.errors.messages
    if messages.get(error.code) in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    ):
        raise FileTruncated(line=error.lineno) from None
    raise FormatUnknown(line=error.lineno, reason="xml_broken") from None


class _Walker:
    """Builds elements as expat meets them."""

    def __init__(self, max_elements: int) -> None:
        self.root: Element | None = None
        self._left = max_elements
        self._open: list[Element] = []
        self._text: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._unsafe
        self.parser.EntityDeclHandler = self._unsafe
        self.parser.ExternalEntityRefHandler = self._unsafe
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said

    def _unsafe(self, *_: object) -> int:
        raise XmlUnsafe(line=self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0 or len(self._open) >= MAX_DEPTH:
            raise FormatUnknown(line=self.parser.CurrentLineNumber, reason="xml_too_large")
        line = self.parser.CurrentLineNumber
        element = Element(name.rpartition(" ")[2], line, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._text = []

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if not element.children:
            element.text = " ".join("".join(self._text).split())[:MAX_TEXT]
        self._text = []

    def _said(self, text: str) -> None:
        self._text.append(text)
