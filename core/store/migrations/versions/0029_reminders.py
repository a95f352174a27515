"""Let each bill and subscription have reminders of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029_reminders"
down_revision = "0028_calendar_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("bills", "subscriptions"):
        op.add_column(table, sa.Column("lead_days", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Take back."""
    for table in ("subscriptions", "bills"):
        op.drop_column(table, "lead_days")
