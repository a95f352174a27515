"""Keep which insights a user has put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0044_put_away"
down_revision = "0043_bank_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "put_away_insights",
        sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("put_away_insights")
