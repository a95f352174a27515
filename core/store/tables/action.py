"""Tables of what may happen outside: approvals, executions, the audit chain."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

approvals = Table(
    "approvals",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False),
    Column("code", String(8), nullable=False),
    Column("action", String(40), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # sealed canonical JSON
    Column("payload_hash", String(64), nullable=False),
    Column("answer", LargeBinary, nullable=False),  # sealed JSON: what was shown, as facts
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("reference", String(80)),
    Column("receipt", LargeBinary),  # sealed JSON: what the provider said
    Column("reason", String(80)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("user_id", "code"),
    Index("ix_approvals_state", "state", "expires_at"),
)

provider_requests = Table(
    "provider_requests",
    METADATA,
    Column("key", String(80), primary_key=True),  # the approval's id: one key, one effect
    Column("provider", String(40), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("receipt", LargeBinary, nullable=False),  # sealed under the system key
    Column("created_at", UtcDateTime, nullable=False),
)

audit_events = Table(
    "audit_events",
    METADATA,
    Column("seq", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), nullable=False),
    Column("actor", String(40), nullable=False),  # user | worker:<job> | admin:<id>
    Column("action", String(60), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_audit_user", "user_id", "seq"),
)

audit_seals = Table(
    "audit_seals",
    METADATA,
    Column("first_seq", RowId, primary_key=True),
    Column("last_seq", RowId, nullable=False),
    Column("events", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
)
