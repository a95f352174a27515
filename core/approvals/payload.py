"""The exact thing a user approves: a payload in one canonical form, and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

PayloadValue = str | int | Sequence["PayloadValue"] | Mapping[str, "PayloadValue"]
Payload = Mapping[str, PayloadValue]


def canonical(payload: Payload) -> str:
    """Write ``payload`` as JSON in the only form that is ever hashed.

    Keys are sorted, nothing is spaced, everything outside ASCII is escaped. Only strings, whole
    numbers, lists and objects are let in: a float or a null would not read back the same
    everywhere, and a flag is a string with a meaning.
    """
    return json.dumps(
        _plain(payload), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def payload_hash(
    payload: Payload, *, user_id: str, action: str, nonce: str, expires_at: datetime
) -> str:
    """Return the SHA-256 that binds ``payload`` to one user, one action, one proposal, one end.

    ``nonce`` is the approval's own id, so that the same payload proposed twice has two hashes
    and an approval of the first is no approval of the second.
    """
    bound: Payload = {
        "action": action,
        "expires_at": expires_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "nonce": nonce,
        "payload": payload,
        "user_id": user_id,
    }
    return hashlib.sha256(canonical(bound).encode()).hexdigest()


def _plain(value: object) -> object:
    """Copy a payload value into lists and dictionaries; refuse every other type."""
    if isinstance(value, str) or type(value) is int:
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a payload's keys are strings")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise TypeError(f"a payload holds strings, whole numbers and lists, not {type(value).__name__}")
