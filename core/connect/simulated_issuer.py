"""The card issuer that ships with the product: its cards buy nothing, and it says so."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from core.connect.card_issuer import IssuedCard


@dataclass(frozen=True, slots=True)
class SimulatedIssuer:
    """An issuer without a network: the same key always gives the same card."""

    @property
    def name(self) -> str:
        """What it is called, for receipts and the audit."""
        return "demo issuer"

    @property
    def demo(self) -> bool:
        """Nothing real happens."""
        return True

    def issue(self, key: str) -> IssuedCard:
        """Make a token and four figures out of the key."""
        digest = blake2b(key.encode(), digest_size=16).hexdigest()
        return IssuedCard(f"demo_{digest}", f"{int(digest[:8], 16) % 10_000:04}")
