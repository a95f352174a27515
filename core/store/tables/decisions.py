"""Tables of what users have decided about categories: rules, and corrections kept as cases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

rules = Table(
    "category_rules",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("merchant_key", String(80), nullable=False),
    Column("merchant", String(80), nullable=False),
    Column("category", String(80), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("match", String(8), nullable=False, server_default="begins"),  # is | begins | contains
    Column("at_least", BigInteger),  # minor units without sign, in ``currency``
    Column("at_most", BigInteger),
    Column("currency", String(3), nullable=False, server_default=""),
    Column("account_id", RowId),
    Column("inflow", Boolean),
    Index("ix_rules_user", "user_id", "active"),
)

cases = Table(
    "category_cases",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("entry_id", RowId),
    Column("merchant_key", String(80), nullable=False),
    Column("text", String(200), nullable=False),
    Column("inflow", Boolean, nullable=False),
    Column("minor", BigInteger),  # without sign
    Column("currency", String(3), nullable=False),
    Column("account_id", RowId),
    Column("category", String(80), nullable=False),
    Column("state", String(10), nullable=False),  # active | exception | retired
    Column("created_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
    Index("ix_cases_user", "user_id", "state"),
)

proposals = Table(
    "rule_proposals",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("merchant_key", String(80), primary_key=True),
    Column("category", String(80), primary_key=True),
    Column("proposed_at", UtcDateTime, nullable=False),
)
