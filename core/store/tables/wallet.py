"""Tables of wallets: quotes for an exchange, each taken once or not at all."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, String, Table

from core.store.column_types import ExactDecimal, UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

fx_quotes = Table(
    "fx_quotes",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("source_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("target_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("paid_currency", String(3), nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("got_minor", BigInteger, nullable=False),
    Column("got_currency", String(3), nullable=False),
    Column("rate", ExactDecimal, nullable=False),
    Column("rate_source", String(24), nullable=False),
    Column("rate_date", Date, nullable=False),
    Column("state", String(8), nullable=False),  # open | used
    Column("used_key", String(80)),  # the approval's id: one key, one exchange
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
