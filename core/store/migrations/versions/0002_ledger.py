"""Create the books: accounts, entries, postings, allocations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0002_ledger"
down_revision = "0001_people"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "category_memory",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "merchant_key", name=op.f("pk_category_memory")),
    )
    op.create_table(
        "rejected_pairs",
        sa.Column("out_entry_id", ROW_ID, nullable=False),
        sa.Column("in_entry_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("out_entry_id", "in_entry_id", name=op.f("pk_rejected_pairs")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ledger_class", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("institution", sa.String(length=80), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.String(length=64), nullable=True),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_accounts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "user_id",
            "number_index",
            "currency",
            name=op.f("uq_accounts_user_id_number_index_currency"),
        ),
    )
    op.create_index("ix_accounts_user", "accounts", ["user_id", "ledger_class"], unique=False)
    op.create_table(
        "category_rules",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("merchant", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_category_rules_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_rules")),
    )
    op.create_index("ix_rules_user", "category_rules", ["user_id", "active"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new_rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_imports_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_file", "imports", ["user_id", "file_hash"], unique=False)
    op.create_table(
        "account_balances",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("posted_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_minor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_balances_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_balances")),
    )
    op.create_table(
        "balance_assertions",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_balance_assertions_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "on_date", name=op.f("pk_balance_assertions")),
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("booked_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("flow", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("payee", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=True),
        sa.Column("import_id", sa.String(length=40), nullable=True),
        sa.Column("superseded_by", ROW_ID, nullable=True),
        sa.Column("reverses_id", ROW_ID, nullable=True),
        sa.Column("refund_of", ROW_ID, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_journal_entries_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
    )
    op.create_index(
        "uq_entries_reverses",
        "journal_entries",
        ["reverses_id"],
        unique=True,
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_index(
        "ix_entries_merchant", "journal_entries", ["user_id", "merchant_key", "id"], unique=False
    )
    op.create_index(
        "ix_entries_user_date", "journal_entries", ["user_id", "booked_date", "id"], unique=False
    )
    op.create_index(
        "ix_entries_account_few",
        "journal_entries",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("flow = 'opening' OR state = 'pending' OR source = 'manual'"),
        postgresql_where=sa.text("flow = 'opening' OR state = 'pending' OR source = 'manual'"),
    )
    op.create_index(
        "uq_entries_external",
        "journal_entries",
        ["account_id", "source", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "uq_entries_fingerprint",
        "journal_entries",
        ["account_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("fingerprint IS NOT NULL"),
        postgresql_where=sa.text("fingerprint IS NOT NULL"),
    )
    op.create_table(
        "allocations",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("booked_date", sa.Date(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("flow", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_allocations_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index("ix_allocations_entry", "allocations", ["entry_id"], unique=False)
    op.create_index(
        "ix_allocations_own",
        "allocations",
        ["user_id", "category"],
        unique=False,
        sqlite_where=sa.text("substr(category, 1, 5) = 'user:'"),
        postgresql_where=sa.text("substr(category, 1, 5) = 'user:'"),
    )
    op.create_index(
        "ix_allocations_spending",
        "allocations",
        [
            "user_id",
            "live",
            "flow",
            "month",
            "category",
            "currency",
            "booked_date",
            "minor",
            "entry_id",
        ],
        unique=False,
    )
    op.create_table(
        "annotations",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("field", sa.String(length=12), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_annotations_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotations")),
    )
    op.create_index("ix_annotations_entry", "annotations", ["entry_id", "field"], unique=False)
    op.create_table(
        "postings",
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_postings_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entries.id"], name=op.f("fk_postings_entry_id_journal_entries")
        ),
        sa.PrimaryKeyConstraint("entry_id", "leg", name=op.f("pk_postings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfers",
        sa.Column("out_entry_id", ROW_ID, nullable=False),
        sa.Column("in_entry_id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("linked_by", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["in_entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_transfers_in_entry_id_journal_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["out_entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_transfers_out_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("out_entry_id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("in_entry_id", name=op.f("uq_transfers_in_entry_id")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("transfers")
    op.drop_table("postings")
    op.drop_table("annotations")
    op.drop_table("allocations")
    op.drop_table("journal_entries")
    op.drop_table("balance_assertions")
    op.drop_table("account_balances")
    op.drop_table("imports")
    op.drop_table("category_rules")
    op.drop_table("accounts")
    op.drop_table("rejected_pairs")
    op.drop_table("category_memory")
