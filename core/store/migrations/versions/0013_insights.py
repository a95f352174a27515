"""Keep forecasts with what came of them, and scores month by month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0013_insights"
down_revision = "0012_cards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "forecasts",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("cut_off", sa.Date(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("middle", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("actual", sa.BigInteger(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_forecasts_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "month", "currency", name=op.f("pk_forecasts")),
    )
    op.create_table(
        "scores",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("coverage", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_scores_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "month", name=op.f("pk_scores")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("scores")
    op.drop_table("forecasts")
