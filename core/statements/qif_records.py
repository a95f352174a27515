"""Cuts a QIF text into records: what kind each is, its lines by letter, where it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.statements.refusals import FileTruncated


@dataclass(slots=True)
class QifRecord:
    """One record; ``kind`` is its section's folded name, ``values`` the first line per letter."""

    kind: str
    line: int
    values: dict[str, str] = field(default_factory=dict)

    def get(self, letter: str) -> str:
        """Return a value, empty when the record has none."""
        return self.values.get(letter, "")


def records(text: str) -> Iterator[QifRecord]:
    """Yield every record in order; a file that stops inside one is refused."""
    kind, record = "", None
    for number, row in enumerate(text.split("\n"), start=1):
        line = row.strip("\x1a\ufeff \t")
        if not line or (not kind and not line.startswith("!")):
            continue  # notes before the first section
        if line.startswith("!") and not (record and record.values):
            kind = _kind(line, kind)
            record = None
        elif line.startswith("^"):
            if record and record.values:
                yield record
            record = None
        else:
            record = record or QifRecord(kind, number)
            record.values.setdefault(line[0], line[1:].strip())
    if record and record.values:
        raise FileTruncated(line=record.line)


def _kind(line: str, before: str) -> str:
    """Return which section a line opens; options open none."""
    word, _, name = line[1:].partition(":")
    match word.casefold():
        case "type":
            return name.strip().casefold()
        case "account":
            return "account"
        case _:
            return before or "option"
