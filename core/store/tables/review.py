"""Tables about how rows of banks belong together: references, possible doubles, file layouts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

# What both banks of a payment call it by, as a bank's message told it.
references = Table(
    "entry_references",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("reference_index", String(64), primary_key=True),
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), primary_key=True),
    Index("ix_entry_references_entry", "entry_id"),
)

# Two entries that may be the same payment, told by two sources; the user decides.
look_alikes = Table(
    "look_alikes",
    METADATA,
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), primary_key=True),
    Column("other_id", RowId, ForeignKey("journal_entries.id"), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("state", String(10), nullable=False),  # open | same | different
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_look_alikes_user", "user_id", "state"),
)

# How a bank's table is to be read, as the user confirmed it, by the hash of its column names.
layouts = Table(
    "file_layouts",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("header_hash", String(64), primary_key=True),
    Column("mapping", LargeBinary, nullable=False),  # sealed JSON
    Column("updated_at", UtcDateTime, nullable=False),
)
