"""What Plaid posts by itself: believed by its own signature only, then read field by field.

The header `Plaid-Verification` is a JSON Web Token (RFC 7519) signed with ES256 (RFC 7518, 3.4); it
holds the moment and the SHA-256 of the body. Its key is asked for by its id, and kept for a while.
Everything is refused that is not exactly so; whatever costs a question to Plaid comes last.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from core.banks.word import BankNews, BankWord
from core.connect.bank_feed import BankUnavailable, BankWordForged, BankWordUnreadable

# A word that was signed longer ago may have been recorded; clocks may differ by so much.
_FRESH, _AHEAD = timedelta(minutes=5), timedelta(minutes=1)
_LONGEST_TOKEN = 4096
# As wide as the column that it is looked up in.
_LONGEST_REFERENCE = 80
_NUMBER_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PART = re.compile(r"[A-Za-z0-9_-]+")
# A key is asked for again after so long, and one that does not exist after so long.
_KEPT, _REFUSED = timedelta(hours=1), timedelta(minutes=5)
# Ids are a stranger's to choose: so many that were never seen are asked about in a minute.
_STRANGERS, _MINUTE = 20, timedelta(minutes=1)
_MOST_KEYS = 1000

FetchKey = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key, or nothing where the service knows none of that id, and until when that is held."""

    key: EllipticCurvePublicKey | None
    until: datetime


@dataclass(slots=True)
class WordKeys:
    """The keys that words are signed with, as far as they were asked for; safe for threads."""

    _kept: dict[str, _Kept] = field(default_factory=dict)
    _asked: list[datetime] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key_id: str, fetch: FetchKey, *, now: datetime) -> EllipticCurvePublicKey:
        """Return the key of an id; raise `BankWordForged`, or `BankUnavailable` for later."""
        with self._lock:
            kept = self._kept.get(key_id)
            if kept is None or kept.until <= now:
                self._may_ask(now)
                kept = None
        if kept is None:
            kept = _asked_for(key_id, fetch, now)
            with self._lock:
                if len(self._kept) >= _MOST_KEYS:
                    self._kept.clear()
                self._kept[key_id] = kept
        if kept.key is None:
            raise BankWordForged
        return kept.key

    def _may_ask(self, now: datetime) -> None:
        self._asked = [one for one in self._asked if now - _MINUTE < one <= now]
        if len(self._asked) >= _STRANGERS:
            raise BankUnavailable
        self._asked.append(now)


def _asked_for(key_id: str, fetch: FetchKey, now: datetime) -> _Kept:
    try:
        return _Kept(_public_key(fetch(key_id), key_id, now), now + _KEPT)
    except BankWordForged:
        return _Kept(None, now + _REFUSED)


def _public_key(told: Mapping[str, Any], key_id: str, now: datetime) -> EllipticCurvePublicKey:
    """Read a JSON Web Key: of the one kind that is used, of that id, and not expired."""
    kind = told.get("kty"), told.get("crv"), told.get("alg"), told.get("use"), told.get("kid")
    expired = told.get("expired_at")
    if kind != ("EC", "P-256", "ES256", "sig", key_id):
        raise BankWordForged
    if expired is not None and (not isinstance(expired, int) or expired <= now.timestamp()):
        raise BankWordForged
    x, y = (int.from_bytes(_decoded(told.get(name)), "big") for name in ("x", "y"))
    try:
        return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError:  # not a point of the curve
        raise BankWordForged from None


def word_of(
    body: bytes, token: str, keys: WordKeys, fetch: FetchKey, *, now: datetime
) -> BankWord | None:
    """Read a word whose signature is good and fresh, nothing where it is of no concern to us.

    Raises `BankWordForged`, `BankWordUnreadable`, and `BankUnavailable` when the key that it is
    signed with cannot be asked for now.
    """
    _verify(body, token, keys, fetch, now)
    try:
        told = json.loads(body)
        kind, code = told["webhook_type"], told["webhook_code"]
        news = _news(str(kind), str(code), told)
        if news is None:
            return None
        reference = told["item_id"]
        until = _until(told) if news is BankNews.ENDS else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BankWordUnreadable from None
    if not isinstance(reference, str) or not 0 < len(reference) <= _LONGEST_REFERENCE:
        raise BankWordUnreadable
    return BankWord(reference, news, until)


def _verify(body: bytes, token: str, keys: WordKeys, fetch: FetchKey, now: datetime) -> None:
    parts = token.split(".")
    if len(token) > _LONGEST_TOKEN or len(parts) != 3:
        raise BankWordForged
    head, claims, signature = (_decoded(part) for part in parts)
    key_id = _key_id(_object(head))
    told = _object(claims)
    _must_be_fresh(told.get("iat"), now)
    stated = told.get("request_body_sha256")
    true = hashlib.sha256(body).hexdigest()
    if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), true.encode()):
        raise BankWordForged
    if len(signature) != 2 * _NUMBER_BYTES:
        raise BankWordForged
    r, s = signature[:_NUMBER_BYTES], signature[_NUMBER_BYTES:]
    numbers = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    key = keys.get(key_id, fetch, now=now)
    try:
        key.verify(numbers, f"{parts[0]}.{parts[1]}".encode(), ECDSA(SHA256()))
    except InvalidSignature:
        raise BankWordForged from None


def _key_id(head: Mapping[str, Any]) -> str:
    """Return which key a token names; one algorithm is taken, and no extension."""
    key_id = head.get("kid")
    if head.get("alg") != "ES256" or "crit" in head or not isinstance(key_id, str):
        raise BankWordForged
    if _KEY_ID.fullmatch(key_id) is None:
        raise BankWordForged
    return key_id


def _must_be_fresh(moment: object, now: datetime) -> None:
    if isinstance(moment, bool) or not isinstance(moment, int) or not 0 < moment < 2**40:
        raise BankWordForged
    if not -_AHEAD <= now - datetime.fromtimestamp(moment, UTC) <= _FRESH:
        raise BankWordForged


def _decoded(part: object) -> bytes:
    """Read base64url without padding; the one way of writing it is taken and no other."""
    if not isinstance(part, str) or _PART.fullmatch(part) is None:
        raise BankWordForged
    try:
        read = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise BankWordForged from None
    if base64.urlsafe_b64encode(read).rstrip(b"=") != part.encode():
        raise BankWordForged
    return read


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise BankWordForged from None
    if not isinstance(told, dict):
        raise BankWordForged
    return told


_WORDS: Mapping[tuple[str, str], BankNews] = {
    # The older codes of transactions come beside this one, for another way of reading.
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): BankNews.ROWS,
    ("ITEM", "LOGIN_REPAIRED"): BankNews.ROWS,
    ("ITEM", "PENDING_EXPIRATION"): BankNews.ENDS,
    ("ITEM", "PENDING_DISCONNECT"): BankNews.ENDS,
    ("ITEM", "USER_PERMISSION_REVOKED"): BankNews.REVOKED,
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): BankNews.ACCOUNTS,
}
_ERRORS: Mapping[str, BankNews] = {
    "ITEM_LOGIN_REQUIRED": BankNews.SIGN_IN,
    "ACCESS_NOT_GRANTED": BankNews.SIGN_IN,
    "USER_PERMISSION_REVOKED": BankNews.REVOKED,
}


def _news(kind: str, code: str, told: Mapping[str, Any]) -> BankNews | None:
    if (kind, code) != ("ITEM", "ERROR"):
        return _WORDS.get((kind, code))
    # Of another error the next reading finds out what it is.
    return _ERRORS.get(str((told["error"] or {}).get("error_code")), BankNews.ROWS)


def _until(told: Mapping[str, Any]) -> datetime:
    """Return when a permission ends, which each of the two codes calls by another name."""
    stated = told.get("consent_expiration_time") or told["disconnect_time"]
    until = datetime.fromisoformat(stated)
    return until if until.tzinfo else until.replace(tzinfo=UTC)
