"""Gathers OFX tags into the few records a statement needs; unknown ones are passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.statements.ofx_tokens import Tag, tags
from core.statements.refusals import FileTruncated

# The aggregates whose own values or order matter; all others are transparent.
_RECORDS = frozenset(
    {
        *("SONRS", "STATUS", "FI"),
        *("STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS", "STMTRS", "CCSTMTRS", "INVSTMTRS"),
        *("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "BANKACCTTO", "CCACCTTO"),
        *("STMTTRN", "STMTTRNP", "PAYEE", "CURRENCY", "ORIGCURRENCY", "IMAGEDATA"),
        *("LEDGERBAL", "AVAILBAL", "BAL", "INVTRAN", "INVPOS", "SECINFO"),
    }
)
# Some banks write these as a plain value instead.
_SOMETIMES_VALUES = frozenset({"PAYEE", "CURRENCY", "FI"})
_ROOT = "OFX"


@dataclass(slots=True)
class Record:
    """One aggregate: its name, the line it begins on, its values and the records inside."""

    name: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    inside: list[Record] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return a value, empty when the file has none."""
        return self.values.get(name, "")

    def first(self, *names: str) -> Record | None:
        """Return the first direct record of one of ``names``."""
        return next((record for record in self.inside if record.name in names), None)

    def walk(self, *names: str) -> Iterator[Record]:
        """Yield all records of ``names`` at any depth, in order."""
        for record in self.inside:
            if record.name in names:
                yield record
            yield from record.walk(*names)


def read_tree(text: str) -> Record:
    """Return the whole file as records; a file that stops before its end tag is refused."""
    root = Record(_ROOT, 1)
    stack = [root]
    ended, line = False, 1
    for tag in tags(text):
        line = tag.line
        if tag.closes:
            ended = ended or tag.name == _ROOT
            _close(stack, tag.name)
        elif tag.name in _RECORDS and not (tag.value and tag.name in _SOMETIMES_VALUES):
            _open(stack, tag)
        else:
            stack[-1].values.setdefault(tag.name, tag.value)
    if not ended:
        raise FileTruncated(line=line)
    return root


def _open(stack: list[Record], tag: Tag) -> None:
    _close(stack, tag.name)  # a record is never inside one of its own kind: the end tag is missing
    record = Record(tag.name, tag.line)
    stack[-1].inside.append(record)
    stack.append(record)


def _close(stack: list[Record], name: str) -> None:
    """Leave the innermost open record called ``name`` and everything inside; ignore a stray end."""
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth].name == name:
            del stack[depth:]
            return
