"""Table of cards: an issuer's token and the last four figures, never a number or a code."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, text

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

cards = Table(
    "cards",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("name", String(60), nullable=False),
    Column("state", String(8), nullable=False),  # created | active | frozen | closed
    Column("token", String(80), nullable=False),
    Column("last4", String(4), nullable=False),
    Column("purchase_minor", BigInteger),
    Column("day_minor", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_cards_user", "user_id"),
    Index(
        "uq_cards_token",
        "token",
        unique=True,
        sqlite_where=text("token <> ''"),
        postgresql_where=text("token <> ''"),
    ),
)
