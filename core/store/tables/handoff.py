"""Tables of tickets: who wants to hear from a person, and what operators wrote on it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, text

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

_WAITS = text("state IN ('open', 'taken')")

tickets = Table(
    "tickets",
    METADATA,
    Column("number", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False),
    Column("reason", String(10), nullable=False),  # asked | complaint | failures | distress
    Column("state", String(10), nullable=False),  # open | taken | closed | withdrawn
    Column("opened_at", UtcDateTime, nullable=False),
    Column("quiet_until", UtcDateTime, nullable=False),
    Column("taken_by", String(40), nullable=False, server_default=""),
    Column("closed_by", String(40), nullable=False, server_default=""),
    Column("closed_at", UtcDateTime),
    Index("ix_tickets_state", "state", "number"),
    # One waiting ticket for each user, also when two messages ask at the same moment.
    Index(
        "uq_tickets_waiting",
        "user_id",
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    ),
)

ticket_notes = Table(
    "ticket_notes",
    METADATA,
    Column("seq", RowId, primary_key=True, autoincrement=True),
    Column("ticket", RowId, ForeignKey("tickets.number"), nullable=False),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("author", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed under the user's key
    Column("told", Boolean, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Index("ix_ticket_notes_ticket", "ticket"),
)
