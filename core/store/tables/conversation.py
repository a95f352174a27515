"""Tables of conversations: inbox, turns, tool calls, changes and the transcript."""

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

conversations = Table(
    "conversations",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False),  # user id, or the system's for unlinked chats
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary, nullable=False),  # sealed under the system key
    Column("address_index", String(64), nullable=False),
    Column("profile", String(16), nullable=False),
    Column("state", LargeBinary),  # sealed DialogueState
    Column("epoch", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("channel", "address_index"),
)

inbox = Table(
    "inbox",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("provider_event_id", String(160), nullable=False),
    Column("address_index", String(64), nullable=False),
    Column("payload", LargeBinary),  # sealed under the system key; emptied once handled
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("handled_at", UtcDateTime),
    Column("reason", String(80)),
    Column("trace", String(55)),  # where its webhook stands in a trace
    UniqueConstraint("channel", "provider_event_id"),
    Index("ix_inbox_waiting", "state", "channel", "address_index", "received_at"),
)

turns = Table(
    "turns",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("inbound_id", String(40), nullable=False, unique=True),
    Column("epoch", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("planner", String(12)),
    Column("plan", LargeBinary),  # sealed JSON
    Column("registry", String(16), nullable=False),
    Column("reference", String(40)),  # finds an unexpected error in the log
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index("ix_turns_conversation", "conversation_id", "started_at"),
)

tool_calls = Table(
    "tool_calls",
    METADATA,
    Column("call_key", String(120), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("turn_id", String(40)),
    Column("position", Integer, nullable=False),
    Column("tool", String(40), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("arguments", LargeBinary, nullable=False),  # sealed JSON
    Column("outcome", String(16), nullable=False),
    Column("result", LargeBinary, nullable=False),  # sealed JSON
    Column("change_id", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_tool_calls_turn", "turn_id", "position"),
)

changes = Table(
    "changes",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("call_key", String(120), nullable=False),
    Column("tool", String(40), nullable=False),
    Column("state", String(8), nullable=False),  # done | undone
    Column("inverse", LargeBinary, nullable=False),  # sealed JSON
    Column("answer", LargeBinary, nullable=False),  # sealed JSON: what was done, as facts
    Column("created_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Index("ix_changes_user", "user_id", "state", "id"),
)

messages = Table(
    "messages",
    METADATA,
    Column("seq", RowId, primary_key=True, autoincrement=True),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("turn_id", String(40)),
    Column("outbox_id", String(40)),
    Column("sender", String(8), nullable=False),  # user | bot
    Column("body", LargeBinary, nullable=False),  # sealed JSON: text, choices, attachments
    Column("subjects", String(400), nullable=False),  # handles the message was about
    Column("profile", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_messages_conversation", "conversation_id", "seq"),
    Index("ix_messages_outbox", "outbox_id"),
)

model_calls = Table(
    "model_calls",
    METADATA,
    Column("turn_id", String(40), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("model", String(120), nullable=False),
    Column("prompt", String(16), nullable=False),  # hash of what the model was told
    Column("registry", String(16), nullable=False),  # hash of the tools it was shown
    Column("reply", LargeBinary),  # sealed JSON; empty while it is asked, or when it failed
    Column("fault", String(24)),
    Column("prompt_tokens", Integer, nullable=False),
    Column("reply_tokens", Integer, nullable=False),
    Column("cost", Integer, nullable=False),  # millionths of a dollar
    Column("millis", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_model_calls_user", "user_id", "created_at"),
)

media_readings = Table(
    "media_readings",
    METADATA,
    Column("turn_id", String(40), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("kind", String(8), nullable=False),  # voice | picture
    Column("service", String(120), nullable=False),
    Column("text", LargeBinary),  # sealed JSON; empty while it is read, or when that failed
    Column("fault", String(40)),
    Column("millis", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_media_readings_user", "user_id", "created_at"),
)
