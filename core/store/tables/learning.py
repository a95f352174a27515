"""Tables of what is learned from one user's corrections: every version, with its figures."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

category_models = Table(
    "category_models",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # serving | past | refused | left
    Column("taught_by", String(64), nullable=False),  # digest of what it learned from
    Column("figures", Text, nullable=False),  # counts only
    Column("weights", LargeBinary),  # sealed; refused ones keep none
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "version"),
    Index("ix_category_models_user", "user_id", "state"),
)
