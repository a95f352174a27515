"""Rates between currencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import ExactDecimal

revision = "0009_rates"
down_revision = "0008_import_undo"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "fx_rates",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("rate", ExactDecimal(), nullable=False),
        sa.PrimaryKeyConstraint(
            "user_id", "base", "quote", "source", "on_date", name=op.f("pk_fx_rates")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("fx_rates")
