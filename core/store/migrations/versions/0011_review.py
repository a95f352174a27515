"""References of payments, possible doubles and confirmed layouts of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0011_review"
down_revision = "0010_wallets"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("accounts", sa.Column("rows_key", sa.String(length=40)))
    op.create_table(
        "entry_references",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("reference_index", sa.String(length=64), nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_entry_references_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_entry_references_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "reference_index", "entry_id", name=op.f("pk_entry_references")
        ),
    )
    op.create_index("ix_entry_references_entry", "entry_references", ["entry_id"])
    op.create_table(
        "look_alikes",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("other_id", _ID, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_look_alikes_entry_id_journal_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["journal_entries.id"],
            name=op.f("fk_look_alikes_other_id_journal_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_look_alikes_user_id_users")
        ),
        sa.PrimaryKeyConstraint("entry_id", "other_id", name=op.f("pk_look_alikes")),
    )
    op.create_index("ix_look_alikes_user", "look_alikes", ["user_id", "state"])
    op.create_table(
        "file_layouts",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("header_hash", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_file_layouts_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "header_hash", name=op.f("pk_file_layouts")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("file_layouts")
    op.drop_index("ix_look_alikes_user", table_name="look_alikes")
    op.drop_table("look_alikes")
    op.drop_index("ix_entry_references_entry", table_name="entry_references")
    op.drop_table("entry_references")
    op.drop_column("accounts", "rows_key")
