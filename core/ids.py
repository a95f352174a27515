"""Identifiers that sort by time and say what they are, and secrets for codes."""

from __future__ import annotations

import secrets
import threading
import time
from typing import NewType, Protocol

UserId = NewType("UserId", str)
AccountId = NewType("AccountId", int)
EntryId = NewType("EntryId", int)
TurnId = NewType("TurnId", str)

# Crockford's base 32 without look-alikes: what people read aloud and type back.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# No 0/O, 1/I/L, U: a code is read from one screen and typed on another.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

# How much of an identifier is chance; the rest is the millisecond.
_CHANCE_BITS = 80


class Ids(Protocol):
    """Makes identifiers and unguessable codes."""

    def new(self, prefix: str) -> str:
        """Return ``prefix_`` and 26 characters that sort by creation time."""
        ...

    def code(self, length: int = 4) -> str:
        """Return an approval code: letters and digits that cannot be mistaken."""
        ...

    def token(self) -> str:
        """Return a URL-safe secret of 192 bits."""
        ...


def _base32(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 32)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


class SystemIds:
    """Identifiers from the machine's clock and its source of randomness."""

    def __init__(self) -> None:
        """Start with nothing made."""
        self._making = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        """Return ``prefix_`` and 26 characters: 48 bits of milliseconds, 80 of chance.

        Within one millisecond, or when the clock goes back, the next is a random step after the
        last: what was made later always sorts later.
        """
        millis = time.time_ns() // 1_000_000
        with self._making:
            stamp = millis << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)
            if millis <= self._last >> _CHANCE_BITS:
                stamp = self._last + 1 + secrets.randbits(_CHANCE_BITS // 2)
            self._last = stamp
        millis, chance = divmod(stamp, 1 << _CHANCE_BITS)
        return f"{prefix}_{_base32(millis, 10)}{_base32(chance, 16)}"

    def code(self, length: int = 4) -> str:
        """Return ``length`` characters, a letter first and a digit somewhere after it.

        With a digit it reads as a code, and not as a word, in small letters too.
        """
        digits, letters = _CODE_ALPHABET[:8], _CODE_ALPHABET[8:]
        rest = [secrets.choice(_CODE_ALPHABET) for _ in range(length - 2)]
        rest.insert(secrets.randbelow(length - 1), secrets.choice(digits))
        return secrets.choice(letters) + "".join(rest)

    def token(self) -> str:
        """Return 32 URL-safe characters."""
        return secrets.token_urlsafe(24)


class CountingIds:
    """Predictable identifiers for tests and fixed demos: 1, 2, 3 ..."""

    def __init__(self) -> None:
        """Start at one."""
        self._count = 0

    def _next(self) -> int:
        self._count += 1
        return self._count

    def new(self, prefix: str) -> str:
        """Return ``prefix_`` and a counter padded to 26 characters."""
        return f"{prefix}_{_base32(self._next(), 26)}"

    def code(self, length: int = 4) -> str:
        """Return ``K`` and a counter."""
        count, rest = self._next(), []
        for _ in range(length - 1):
            count, digit = divmod(count, len(_CODE_ALPHABET))
            rest.append(_CODE_ALPHABET[digit])
        return "K" + "".join(reversed(rest))

    def token(self) -> str:
        """Return 32 characters that hold the counter."""
        return _base32(self._next(), 32)
