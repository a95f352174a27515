"""The table of pictures and documents asked for in a chat."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from core.store.column_types import UtcDateTime
from core.store.tables.metadata import METADATA

papers = Table(
    "papers",
    METADATA,
    Column("key", String(120), primary_key=True),  # turn, position of the call, place in it
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("kind", String(16), nullable=False),  # chart | report | dashboard
    Column("wanted", LargeBinary, nullable=False),  # sealed JSON
    Column("state", String(8), nullable=False),  # asked | done | failed
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("asked_at", UtcDateTime, nullable=False),
    Index("ix_papers_waiting", "state", "asked_at"),
)
