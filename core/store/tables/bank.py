"""Tables of connections to banks: who allowed what, how far it was read, and what came of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

connections = Table(
    "bank_connections",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("state", String(10), nullable=False),  # offered | active | sign_in | closed
    Column("bank", String(80), nullable=False),
    Column("reference", String(80)),  # the service's own name for it
    Column("token", LargeBinary),  # sealed: the page to sign in on
    Column("access", LargeBinary),  # sealed: what the rows are read with
    Column("cursor", LargeBinary),  # sealed: how far they were read
    Column("epoch", Integer, nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("offered_until", UtcDateTime),
    Column("next_sync_at", UtcDateTime),
    Column("synced_at", UtcDateTime),
    Column("trouble", String(16), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("renewal", String(10)),  # ends | accounts
    Column("ends_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_bank_connections_user", "user_id"),
    Index("ix_bank_connections_due", "state", "next_sync_at"),
    Index("ix_bank_connections_reference", "provider", "reference"),
)

# Which of the user's accounts an account of the bank is.
bank_accounts = Table(
    "bank_accounts",
    METADATA,
    Column("connection_id", String(40), ForeignKey("bank_connections.id"), primary_key=True),
    Column("reference", String(120), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Index("ix_bank_accounts_account", "account_id"),
)

# Which entry a row of the bank is, where the entry came from elsewhere: an earlier connection to
# the same account, or a file.
rows = Table(
    "bank_rows",
    METADATA,
    Column("account_id", RowId, ForeignKey("accounts.id"), primary_key=True),
    Column("reference", String(120), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("connection_id", String(40), ForeignKey("bank_connections.id"), nullable=False),
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), nullable=False),
    Index("ix_bank_rows_entry", "entry_id"),
)

readings = Table(
    "bank_readings",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("connection_id", String(40), ForeignKey("bank_connections.id"), nullable=False),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("trouble", String(16), nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Index("ix_bank_readings_connection", "connection_id", "at"),
)
