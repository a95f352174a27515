"""Tables of the books: accounts, entries, postings, allocations, annotations, balances."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from core.store.column_types import UtcDateTime
from core.store.tables.metadata import METADATA

# SQLite keeps an INTEGER key as the row id; PostgreSQL needs 64 bits.
RowId = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "accounts",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ledger_class", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("institution", String(80), nullable=False),
    Column("number", LargeBinary),  # sealed
    Column("number_index", String(64)),
    Column("last4", String(4), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("rows_key", String(40)),  # by which its rows are known; empty: the id
    UniqueConstraint("user_id", "number_index", "currency"),
    Index("ix_accounts_user", "user_id", "ledger_class"),
    Index(
        "uq_accounts_nominal",
        "user_id",
        "kind",
        "currency",
        unique=True,
        sqlite_where=text("ledger_class = 'nominal'"),
        postgresql_where=text("ledger_class = 'nominal'"),
    ),
)

balances = Table(
    "account_balances",
    METADATA,
    Column("account_id", RowId, ForeignKey("accounts.id"), primary_key=True),
    Column("posted_minor", BigInteger, nullable=False),
    Column("pending_minor", BigInteger, nullable=False),
    Column("held_minor", BigInteger, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False),
    Column("as_of", UtcDateTime),
)

balance_assertions = Table(
    "balance_assertions",
    METADATA,
    Column("account_id", RowId, ForeignKey("accounts.id"), primary_key=True),
    Column("on_date", Date, primary_key=True),
    Column("source", String(40), primary_key=True),  # the import whose file said so
    Column("minor", BigInteger, nullable=False),
)

imports = Table(
    "imports",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("format", String(16), nullable=False),
    Column("file_name", LargeBinary, nullable=False),  # sealed
    Column("rows", Integer, nullable=False),
    Column("new_rows", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # booked | undone
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_imports_file", "user_id", "file_hash"),
)

entries = Table(
    "journal_entries",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("booked_date", Date, nullable=False),
    Column("occurred_at", UtcDateTime),
    Column("minor", BigInteger, nullable=False),  # face sign: negative = out of the account
    Column("currency", String(3), nullable=False),
    Column("flow", String(8), nullable=False),  # spend | income | move | invest | opening
    Column("state", String(10), nullable=False),  # pending | posted | void | superseded
    Column("source", String(10), nullable=False),  # import | manual | demo | opening | bank
    Column("merchant_key", String(80), nullable=False),
    Column("payee", String(80), nullable=False),
    Column("description", String(500), nullable=False),
    Column("external_id", String(120)),
    Column("fingerprint", LargeBinary(16)),
    Column("import_id", String(40)),
    Column("superseded_by", RowId),
    Column("reverses_id", RowId),
    Column("refund_of", RowId),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_entries_user_date", "user_id", "booked_date", "id"),
    Index("ix_entries_merchant", "user_id", "merchant_key", "id"),
    # Every index costs each row of an import: what is seldom filled is indexed where it is.
    Index(
        "uq_entries_reverses",
        "reverses_id",
        unique=True,
        sqlite_where=text("reverses_id IS NOT NULL"),
        postgresql_where=text("reverses_id IS NOT NULL"),
    ),
    Index(
        "ix_entries_account_few",
        "account_id",
        sqlite_where=text("flow = 'opening' OR state = 'pending' OR source = 'manual'"),
        postgresql_where=text("flow = 'opening' OR state = 'pending' OR source = 'manual'"),
    ),
    Index(
        "uq_entries_external",
        "account_id",
        "source",
        "external_id",
        unique=True,
        sqlite_where=text("external_id IS NOT NULL"),
        postgresql_where=text("external_id IS NOT NULL"),
    ),
    Index(
        "uq_entries_fingerprint",
        "account_id",
        "fingerprint",
        unique=True,
        sqlite_where=text("fingerprint IS NOT NULL"),
        postgresql_where=text("fingerprint IS NOT NULL"),
    ),
)

postings = Table(
    "postings",
    METADATA,
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), primary_key=True),
    Column("leg", Integer, primary_key=True),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("minor", BigInteger, nullable=False),  # debit > 0, credit < 0
    Column("currency", String(3), nullable=False),
    sqlite_with_rowid=False,  # the key is all a posting is found by
)

holds = Table(
    "holds",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("card_id", String(40), nullable=False),  # empty: no card's
    Column("key", String(80), nullable=False),  # the same key is the same hold
    Column("minor", BigInteger, nullable=False),
    Column("captured_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(10), nullable=False),  # held | captured | void | expired
    Column("label", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    UniqueConstraint("user_id", "key"),
    Index("ix_holds_account", "account_id", "state"),
    Index("ix_holds_due", "state", "expires_at"),
)

# Each part that was taken of a hold: under one key it is taken once.
hold_captures = Table(
    "hold_captures",
    METADATA,
    Column("hold_id", RowId, ForeignKey("holds.id"), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# What a pending entry was before the posted row took it over: known again when it comes again,
# and what an undone import goes back to.
settlements = Table(
    "settlements",
    METADATA,
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), primary_key=True),
    Column("account_id", RowId, nullable=False),
    Column("import_id", String(40)),
    Column("was_date", Date, nullable=False),
    Column("was_external_id", String(120)),
    Column("was_fingerprint", LargeBinary(16)),
    Column("was_import_id", String(40)),
    Column("settled_at", UtcDateTime, nullable=False),
    Index("ix_settlements_account", "account_id"),
    Index("ix_settlements_import", "import_id"),
)

allocations = Table(
    "allocations",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), nullable=False),
    Column("user_id", String(40), nullable=False),
    Column("booked_date", Date, nullable=False),
    Column("month", Integer, nullable=False),  # of booked_date, as in core.period.month_number
    Column("flow", String(8), nullable=False),
    Column("category", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),  # spending and income both count up
    Column("currency", String(3), nullable=False),
    Column("source", String(12), nullable=False),  # user | rule | memory | dictionary ...
    Column("confidence", Integer, nullable=False),  # whole per cent
    Column("locked", Boolean, nullable=False),
    Column(
        "live", Boolean, nullable=False
    ),  # false once replaced, or the entry is not in the books
    Column("created_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
    Index("ix_allocations_entry", "entry_id"),
    Index(
        "ix_allocations_own",
        "user_id",
        "category",
        sqlite_where=text("substr(category, 1, 5) = 'user:'"),
        postgresql_where=text("substr(category, 1, 5) = 'user:'"),
    ),
    Index(
        "ix_allocations_spending",
        "user_id",
        "live",
        "flow",
        "month",  # in this order sums by month and category need no sorting
        "category",
        "currency",
        "booked_date",
        "minor",
        "entry_id",
    ),
)

notes = Table(
    "annotations",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("entry_id", RowId, ForeignKey("journal_entries.id"), nullable=False),
    Column("field", String(12), nullable=False),  # note | payee | tag | created | amount ...
    Column("value", LargeBinary),  # sealed
    Column("source", String(12), nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
    Index("ix_annotations_entry", "entry_id", "field"),
)

transfers = Table(
    "transfers",
    METADATA,
    Column("out_entry_id", RowId, ForeignKey("journal_entries.id"), primary_key=True),
    Column("in_entry_id", RowId, ForeignKey("journal_entries.id"), nullable=False, unique=True),
    Column("user_id", String(40), nullable=False),
    Column("linked_by", String(12), nullable=False),  # matcher | user
    Column("created_at", UtcDateTime, nullable=False),
)

rejected_pairs = Table(
    "rejected_pairs",
    METADATA,
    Column("out_entry_id", RowId, primary_key=True),
    Column("in_entry_id", RowId, primary_key=True),
)
