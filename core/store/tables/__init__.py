"""Table definitions, one file a subject; the migrations create exactly these."""

from core.store.tables import (
    action,
    card,
    conversation,
    decisions,
    erasure,
    handoff,
    insight,
    investment,
    learning,
    ledger,
    message,
    people,
    plan,
    rate,
    review,
    wallet,
)
from core.store.tables.metadata import METADATA

__all__ = [
    "METADATA",
    "action",
    "card",
    "conversation",
    "decisions",
    "erasure",
    "handoff",
    "insight",
    "investment",
    "learning",
    "ledger",
    "message",
    "people",
    "plan",
    "rate",
    "review",
    "wallet",
]
