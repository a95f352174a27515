"""Recognises a file and its rows when they come again: three keys, strongest first.

The hash of the file, the bank's own id of a row, and a fingerprint of what the row says. Two
equal rows of a day are two purchases, so equal rows are numbered: the second coffee has a
fingerprint of its own, in this file and in any other that lists the whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha256

from core.statements.statement import StatementLine

_SIZE = 16
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class RowKeys:
    """How one row is found again: by the bank's id if it has one, else by what it says."""

    external: str | None
    content: str


def file_key(data: bytes) -> str:
    """Return the hash that recognises the very same file."""
    return sha256(data).hexdigest()


def row_keys(account: str, lines: Iterable[StatementLine]) -> list[RowKeys]:
    """Return the keys of each line of ``account`` (any stable name of it), in order.

    ``lines`` are all lines of a file for that account. The content key ignores letter case and
    spacing only: a better way to clean texts must never make known rows look new.
    """
    prefix = account + _SEPARATOR
    seen: dict[str, int] = {}
    keys = []
    for line in lines:
        text = " ".join(f"{line.payee} {line.description}".split()).casefold()
        amount = line.amount
        said = f"{prefix}{line.booked_date.isoformat()}|{amount.minor}|{amount.currency}|{text}"
        nth = seen.get(said, 0) + 1
        seen[said] = nth
        numbered = f"{nth}|{said}".encode("utf-8", "backslashreplace")
        content = blake2b(numbered, digest_size=_SIZE).hexdigest()
        keys.append(RowKeys(line.external_id, content))
    return keys
