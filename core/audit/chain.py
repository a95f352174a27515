"""The seal over a batch of audit events: an HMAC that includes the seal before it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from core.audit.event import AuditEvent

# What the first seal is chained to.
GENESIS = "0" * 64
_UNIT = "\x1f"
_RECORD = b"\x1e"
_IN_UTC = "+00:00"


def event_bytes(event: AuditEvent) -> bytes:
    """Write an event as unambiguous bytes, the same on every database."""
    return record_bytes(
        event.seq,
        (event.user_id, event.actor, event.action, event.subject, event.digest),
        event.created_at,
    )


def record_bytes(seq: int, fields: tuple[str, ...], created_at: datetime) -> bytes:
    """Write the columns of an event as `event_bytes` does, without making the record.

    A moment without a zone is in UTC: so SQLite hands it over, and a zone only costs time here.
    """
    if created_at.tzinfo is None:
        moment = created_at.isoformat(timespec="microseconds") + _IN_UTC
    else:
        moment = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    return _UNIT.join((str(seq), *fields, moment)).encode() + _RECORD


def seal(key: bytes, previous: str, records: Iterable[bytes]) -> str:
    """Return the seal over ``records``, chained to the ``previous`` seal."""
    chained = hmac.new(key, previous.encode() + _RECORD, hashlib.sha256)
    chained.update(b"".join(records))
    return chained.hexdigest()


def digest(key: bytes, values: object) -> str:
    """Return a keyed hash of JSON values, such as before and after.

    Keyed, because an amount or a category has so few possible values that a plain hash of it
    could be guessed.
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two seals in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
