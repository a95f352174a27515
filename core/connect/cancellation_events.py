"""What a cancellation provider tells by itself: signed, fresh, and read field by field."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.connect.cancellation import ReceiptState
from core.errors import FinanceError

# A word that was signed longer ago may have been recorded.
_FRESH = timedelta(minutes=5)
_LONGEST = 80


class CancellationWordForged(FinanceError):
    """The signature is missing, wrong or too old."""

    code = "cancellation.word_forged"


class CancellationWordUnreadable(FinanceError):
    """It is not one we know the form of."""

    code = "cancellation.word_unreadable"


@dataclass(frozen=True, slots=True)
class CancellationWord:
    """What became of the request with ``key``."""

    key: str
    state: ReceiptState


def signed(body: bytes, secret: str, at: datetime) -> str:
    """Return the signature header of a word: its moment, and a keyed hash over both."""
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={_digest(moment, body, secret)}"


def word_of(body: bytes, header: str, secret: str, *, now: datetime) -> CancellationWord:
    """Read a word whose signature is good and fresh; raise what is wrong with it."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdecimal() or len(moment) > 12:
        raise CancellationWordForged
    if not hmac.compare_digest(given.encode(), _digest(moment, body, secret).encode()):
        raise CancellationWordForged
    if abs(now - datetime.fromtimestamp(int(moment), UTC)) > _FRESH:
        raise CancellationWordForged
    try:
        told = json.loads(body)
        key, state = told["key"], ReceiptState(told["state"])
    except (ValueError, KeyError, TypeError):
        raise CancellationWordUnreadable from None
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST:
        raise CancellationWordUnreadable
    return CancellationWord(key, state)


def _digest(moment: str, body: bytes, secret: str) -> str:
    signed_text = b"cancellation." + moment.encode() + b"." + body
    return hmac.digest(secret.encode(), signed_text, hashlib.sha256).hex()
