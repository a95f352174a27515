"""Tables of payees and of payments to them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
)

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

contacts = Table(
    "contacts",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("key", String(80), nullable=False, unique=True),  # one approval, one payee
    Column("details", LargeBinary, nullable=False),  # sealed JSON: name, number
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("usable_at", UtcDateTime, nullable=False),
    Index("ix_contacts_user", "user_id", "active"),
)

payments = Table(
    "payments",
    METADATA,
    Column("key", String(40), primary_key=True),  # the approval's id
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("contact_id", RowId, ForeignKey("contacts.id"), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("hold_id", RowId, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reference", String(80), nullable=False, server_default=""),
    Column("on_date", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_payments_day", "user_id", "on_date"),
    Index("ix_payments_state", "state"),
)
