"""Keep what was asked of a language model: once a question, with what it cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0025_model_calls"
down_revision = "0024_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "model_calls",
        sa.Column("turn_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("prompt", sa.String(length=16), nullable=False),
        sa.Column("registry", sa.String(length=16), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("fault", sa.String(length=24), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("reply_tokens", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("millis", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "position", name=op.f("pk_model_calls")),
    )
    op.create_index("ix_model_calls_user", "model_calls", ["user_id", "created_at"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_model_calls_user", table_name="model_calls")
    op.drop_table("model_calls")
