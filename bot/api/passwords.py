"""Passwords of the console: hashed slowly, and never many at once."""

from __future__ import annotations

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second recommendation: a fifth of the library's default cost, enough against guessing.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashing is made to be expensive: more than these at once would be a way to stop the server.
_SLOTS = threading.BoundedSemaphore(2)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """Return what is compared when there is no such user: a stranger's try takes as long."""
    return HASHER.hash("nobody")


def is_right(kept: str, given: str) -> bool:
    """Tell whether ``given`` is the password behind the hash ``kept`` ("" when there is none)."""
    with _SLOTS:
        try:
            HASHER.verify(kept or _nobodys(), given)
        except (VerificationError, InvalidHashError):
            return False
    return bool(kept)
