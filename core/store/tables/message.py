"""Tables of what goes out: outbox, attempts, status callbacks, heartbeats."""

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
)

from core.store.column_types import UtcDateTime
from core.store.tables.metadata import METADATA

outbox = Table(
    "outbox",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False),
    Column("turn_id", String(40)),
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary, nullable=False),  # sealed under the system key
    Column("message_class", String(12), nullable=False),
    Column("dedupe_key", String(160), nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),  # sealed OutboundMessage
    Column("state", String(12), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("provider_message_id", String(120)),
    Column("reason", String(80)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("trace", String(55)),  # where the turn that wrote it stands in a trace
    Index("ix_outbox_due", "state", "due_at"),
    Index("ix_outbox_provider", "channel", "provider_message_id"),
    Index("ix_outbox_conversation", "conversation_id", "created_at"),
)

attempts = Table(
    "delivery_attempts",
    METADATA,
    Column("outbox_id", String(40), ForeignKey("outbox.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(80)),
    Column("provider_message_id", String(120)),
    Index("ix_delivery_attempts_started", "started_at"),
)

statuses = Table(
    "delivery_statuses",
    METADATA,
    Column("channel", String(16), primary_key=True),
    Column("provider_message_id", String(120), primary_key=True),
    Column("status", String(16), primary_key=True),
    Column("outbox_id", String(40)),
    Column("reason", String(80)),
    Column("received_at", UtcDateTime, nullable=False),
)

templates = Table(
    "message_templates",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("lang", String(8), primary_key=True),
    Column("wording", String(16), nullable=False),  # the body that was submitted, as a hash
    Column("content_id", String(40), nullable=False),  # what the provider calls it
    Column("state", String(12), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime),
)

heartbeats = Table(
    "heartbeats",
    METADATA,
    Column("worker", String(60), primary_key=True),
    Column("job", String(40), primary_key=True),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("note", Text),
)

settings_kept = Table(
    "settings_kept",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
