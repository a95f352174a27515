"""Recognises a file and its rows when they come again: three keys, strongest first.

The hash of the file, the bank's own id of a row, and a fingerprint of what the row says. Two
equal rows of a day are two purchases, so equal rows are numbered: the second coffee has a
fingerprint of its own, in this file and in any other that lists the whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b, sha256

from core.statements.statement import StatementLine

_SIZE = 16
_SEPARATOR = "\x1f"


def file_key(data: bytes) -> str:
    """Return the hash that recognises the very same file."""
    return sha256(data).hexdigest()


def fingerprints(account: str, lines: Iterable[StatementLine]) -> list[bytes]:
    """Return what recognises each line of ``account`` (any stable name of it), in order.

    ``lines`` are all lines of a file for that account. A fingerprint ignores letter case and
    spacing only: a better way to clean texts must never make known rows look new.
    """
    prefix = account + _SEPARATOR
    seen: dict[str, int] = {}
    days: dict[date, str] = {}
    texts: dict[tuple[str, str], str] = {}
    found = []
    for line in lines:
        # A bank writes the same days and shops again and again.
        day = days.get(line.booked_date)
        if day is None:
            day = days[line.booked_date] = line.booked_date.isoformat()
        words = line.payee, line.description
        text = texts.get(words)
        if text is None:
            text = texts[words] = " ".join(" ".join(words).split()).casefold()
        amount = line.amount
        said = f"{prefix}{day}|{amount.minor}|{amount.currency}|{text}"
        nth = seen[said] = seen.get(said, 0) + 1
        numbered = f"{nth}|{said}".encode("utf-8", "backslashreplace")
        found.append(blake2b(numbered, digest_size=_SIZE).digest())
    return found
