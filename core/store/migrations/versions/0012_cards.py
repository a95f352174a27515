"""Cards on wallets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0012_cards"
down_revision = "0011_review"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cards",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("token", sa.String(length=80), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("purchase_minor", sa.BigInteger(), nullable=True),
        sa.Column("day_minor", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_cards_user_id_users")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_cards_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_user", "cards", ["user_id"], unique=False)
    op.create_index(
        "uq_cards_token",
        "cards",
        ["token"],
        unique=True,
        sqlite_where=sa.text("token <> ''"),
        postgresql_where=sa.text("token <> ''"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("cards")
