"""Tables of what a user plans and expects: budgets, subscriptions, alerts, schedules."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
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

budgets = Table(
    "budgets",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("category", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cadence", String(8), nullable=False),
    Column("warn_percent", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # active | paused | deleted
    Column("started_on", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_budgets_user", "user_id", "state"),
)

subscriptions = Table(
    "subscriptions",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("merchant_key", String(80), nullable=False),
    Column("stream", String(120), nullable=False),  # tells two plans of one merchant apart
    Column("name", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cadence", String(12), nullable=False),
    Column("status", String(20), nullable=False),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("next_date", Date, nullable=False),
    Column("previous_minor", BigInteger),
    Column("price_changed_on", Date),
    Column("trial_ends", Date),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "stream"),
)

alerts = Table(
    "alerts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("dedupe_key", String(160), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed JSON
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "dedupe_key"),
)

schedules = Table(
    "schedules",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("kind", String(24), primary_key=True),  # daily_summary | monthly_report
    Column("next_due_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False),  # on | off
    Index("ix_schedules_due", "state", "next_due_at"),
)

occurrences = Table(
    "occurrences",
    METADATA,
    Column("user_id", String(40), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("state", String(10), nullable=False),  # due | done | skipped | failed
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("note", Text),
)

files = Table(
    "files",
    METADATA,
    Column("key", String(60), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("kind", String(16), nullable=False),  # report | statement | upload
    Column("name", LargeBinary, nullable=False),  # sealed
    Column("media_type", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
