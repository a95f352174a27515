"""Table of erasures: the proof that stays when everything else about a user is gone."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text, text

from core.store.column_types import UtcDateTime
from core.store.tables.metadata import METADATA

_OPEN = text("state IN ('scheduled', 'leaving')")

erasures = Table(
    "erasures",
    METADATA,
    Column("id", String(40), primary_key=True),  # the approval's id: one approval, one erasure
    Column("user_id", String(40), nullable=False),
    Column("state", String(10), nullable=False),  # scheduled | leaving | erased | withdrawn
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("erased_at", UtcDateTime),
    Column("destroyed", Text, nullable=False, server_default="{}"),  # JSON: rows by table
    Index("ix_erasures_state", "state", "due_at"),
    Index("uq_erasures_open", "user_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)
