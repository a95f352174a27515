"""Remember which message templates were submitted to their provider, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0035_message_templates"
down_revision = "0034_media_readings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "message_templates",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("wording", sa.String(length=16), nullable=False),
        sa.Column("content_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", "lang", name=op.f("pk_message_templates")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("message_templates")
