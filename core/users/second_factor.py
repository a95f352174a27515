"""The second factor of signing in: codes by the time of day, each taken once.

The codes are those of RFC 6238 (SHA-1, six digits, 30 seconds), which every authenticator app
shows. RFC 6238 5.2 asks that a code is taken once only: what was taken last is kept as its step.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
_SECRET_BYTES = 20  # as long as the hash: RFC 4226 4
_DRIFT = 1  # steps that a phone's clock may be early or late


def new_secret() -> bytes:
    """Return a fresh secret."""
    return secrets.token_bytes(_SECRET_BYTES)


def step_of(moment: datetime) -> int:
    """Return the number of the 30 seconds that ``moment`` lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """Return the six digits of a step."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def taken_step(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """Return the step that ``code`` belongs to; None when it is wrong, old or taken already.

    ``after`` is the step that was taken last. All steps in question are compared, so that a
    right and a wrong code take as long.
    """
    given = "".join(code.split())
    found = None
    for step in range(step_of(now) - _DRIFT, step_of(now) + _DRIFT + 1):
        if secrets.compare_digest(code_at(secret, step).encode(), given.encode()) and step > after:
            found = step if found is None else found
    return found


def spelled(secret: bytes) -> str:
    """Return the secret as people type it into an app: base 32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def address(secret: bytes, name: str, issuer: str) -> str:
    """Return the ``otpauth`` address that an app reads from a picture."""
    return _totp(secret).get_provisioning_uri(name, issuer)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS, enforce_key_length=False)  # noqa: S303
