"""Table of cancellations that were sent, until it is known what became of them."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

cancellations = Table(
    "cancellations",
    METADATA,
    Column("approval_id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("subscription_id", RowId, ForeignKey("subscriptions.id"), nullable=False),
    Column("state", String(10), nullable=False),  # sent | accepted | verified | refused | charged
    Column("ends_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_cancellations_state", "state"),
)
