"""Keep which entry a row of a bank is, where the entry came from elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.tables.ledger import RowId

revision = "0043_bank_rows"
down_revision = "0042_bank_words"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bank_rows",
        sa.Column("account_id", RowId, nullable=False),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("connection_id", sa.String(40), nullable=False),
        sa.Column("entry_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_bank_rows_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bank_rows_user_id_users")),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_bank_rows_connection_id_bank_connections"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_bank_rows_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("account_id", "reference", name=op.f("pk_bank_rows")),
    )
    op.create_index("ix_bank_rows_entry", "bank_rows", ["entry_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_bank_rows_entry", table_name="bank_rows")
    op.drop_table("bank_rows")
