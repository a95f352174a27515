"""Find the tries to send of the last hour without reading those of three months."""

from __future__ import annotations

from alembic import op

revision = "0037_attempts_by_time"
down_revision = "0036_second_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_delivery_attempts_started", "delivery_attempts", ["started_at"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_delivery_attempts_started", table_name="delivery_attempts")
