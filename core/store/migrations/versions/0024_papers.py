"""Keep the pictures and documents that were asked for in a chat until they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0024_papers"
down_revision = "0023_cancellations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "papers",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_papers_user_id_users")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_papers")),
    )
    op.create_index("ix_papers_waiting", "papers", ["state", "asked_at"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_papers_waiting", table_name="papers")
    op.drop_table("papers")
