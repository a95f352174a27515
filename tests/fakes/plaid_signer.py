"""Signs what Plaid posts, as Plaid does, with a key of its own; and tells that key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from core.banks.word import BankWord
from core.connect.bank_feed import BankWordForged
from core.connect.plaid_words import WordKeys, word_of
from tests.fakes.scripted_bank import ScriptedBank

KEY_ID = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def read(part: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


@dataclass
class PlaidSigner:
    """Has one key; ``asked`` are the ids that somebody wanted the key of."""

    key_id: str = KEY_ID
    expired_at: int | None = None
    asked: list[str] = field(default_factory=list)
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def fetch(self, key_id: str) -> Mapping[str, Any]:
        """Tell the key of an id, as the official description has it."""
        self.asked.append(key_id)
        if key_id != self.key_id:
            raise BankWordForged
        numbers = self.private.public_key().public_numbers()
        return {
            "alg": "ES256",
            "created_at": 1560466150,
            "crv": "P-256",
            "expired_at": self.expired_at,
            "kid": self.key_id,
            "kty": "EC",
            "use": "sig",
            "x": coded(numbers.x.to_bytes(32, "big")),
            "y": coded(numbers.y.to_bytes(32, "big")),
        }

    def sign(
        self, body: bytes, at: datetime, *, head: Mapping[str, Any] = {}, **claims: Any
    ) -> str:
        """Return the header for a body; ``head`` and ``claims`` change what is in it."""
        header = {"alg": "ES256", "kid": self.key_id, "typ": "JWT", **head}
        stated = {
            "iat": int(at.timestamp()),
            "request_body_sha256": hashlib.sha256(body).hexdigest(),
            **claims,
        }
        text = f"{coded(json.dumps(header).encode())}.{coded(json.dumps(stated).encode())}"
        r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{coded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@dataclass
class SigningBank(ScriptedBank):
    """A bank of a test that also posts, and signs what it posts."""

    name: str = "plaid"
    signer: PlaidSigner = field(default_factory=PlaidSigner)
    keys: WordKeys = field(default_factory=WordKeys)

    def heard(self, body: bytes, token: str, *, now: datetime) -> BankWord | None:
        return word_of(body, token, self.keys, self.signer.fetch, now=now)


def word(code: str = "SYNC_UPDATES_AVAILABLE", item: object = "item-1", **more: Any) -> bytes:
    """Return a body as Plaid posts it."""
    kind = "TRANSACTIONS" if code == "SYNC_UPDATES_AVAILABLE" else "ITEM"
    told = {"webhook_type": kind, "webhook_code": code, "item_id": item, "environment": "sandbox"}
    return json.dumps({**told, **more}).encode()
