"""Encryption of fields that identify people: a key per user, wrapped by the master key."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import FinanceError

# First byte of every sealed value: which layout follows.
FORMAT = b"\x01"
_NONCE_BYTES = 12  # 96 bits, as NIST SP 800-38D recommends for random nonces
_KEY_BYTES = 32


class SealBroken(FinanceError):
    """A sealed value was changed, moved to another row, or sealed under another key."""

    code = "store.seal_broken"


class MasterKeyWrong(FinanceError):
    """The master key does not open this database's keys."""

    code = "store.master_key_wrong"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives; part of its authentication, so it cannot be moved."""

    table: str
    column: str
    row: str
    owner: str

    def associated_data(self) -> bytes:
        """Return the place as unambiguous bytes."""
        return "\x1f".join((self.table, self.column, self.row, self.owner)).encode()


def seal(key: bytes, text: str, place: Place) -> bytes:
    """Encrypt ``text`` for ``place`` with AES-256-GCM under a fresh nonce."""
    nonce = os.urandom(_NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, text.encode(), place.associated_data())


def unseal(key: bytes, sealed: bytes, place: Place) -> str:
    """Decrypt what `seal` made for the same place; raise `SealBroken`."""
    if sealed[:1] != FORMAT:
        raise SealBroken(table=place.table)
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, place.associated_data()).decode()
    except InvalidTag:
        raise SealBroken(table=place.table) from None


class MasterKey:
    """The key that wraps every user's key; kept outside the database."""

    def __init__(self, secret: str) -> None:
        """Derive the wrapping, index and audit keys from one secret of at least 32 characters."""
        material = secret.encode()
        self._wrapping = hmac.digest(material, b"financemaster/wrap", "sha256")
        self._index = hmac.digest(material, b"financemaster/blind-index", "sha256")
        self.audit_key = hmac.digest(material, b"financemaster/audit", "sha256")
        self.signing_secret = hmac.digest(material, b"financemaster/links", "sha256").hex()
        self.card_secret = hmac.digest(material, b"financemaster/cards", "sha256").hex()
        self.fingerprint = hmac.digest(material, b"financemaster/check", "sha256").hex()[:16]

    def new_data_key(self, owner: str) -> tuple[bytes, bytes]:
        """Return a fresh data key and its wrapped form for the database."""
        key = os.urandom(_KEY_BYTES)
        place = Place("user_keys", "wrapped", owner, owner)
        return key, seal(self._wrapping, key.hex(), place)

    def unwrap(self, owner: str, wrapped: bytes) -> bytes:
        """Open a wrapped data key; raise `MasterKeyWrong`."""
        place = Place("user_keys", "wrapped", owner, owner)
        try:
            return bytes.fromhex(unseal(self._wrapping, wrapped, place))
        except SealBroken:
            raise MasterKeyWrong from None

    def blind_index(self, column: str, value: str) -> str:
        """Return a keyed hash of ``value`` by which an encrypted column can be searched."""
        key = hmac.digest(self._index, column.encode(), "sha256")
        return hmac.digest(key, value.strip().lower().encode(), hashlib.sha256).hex()
