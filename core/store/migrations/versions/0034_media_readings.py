"""Keep what was read in voice notes and pictures: each is read once, whatever happens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0034_media_readings"
down_revision = "0033_assistant_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "media_readings",
        sa.Column("turn_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.Column("millis", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_media_readings")),
    )
    op.create_index(
        "ix_media_readings_user", "media_readings", ["user_id", "created_at"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_media_readings_user", table_name="media_readings")
    op.drop_table("media_readings")
