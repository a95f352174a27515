"""Keep with each message its place in a trace, so that the trace goes on in another process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038_traces"
down_revision = "0037_attempts_by_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("inbox", "outbox"):
        op.add_column(table, sa.Column("trace", sa.String(length=55), nullable=True))


def downgrade() -> None:
    """Take back."""
    for table in ("outbox", "inbox"):
        op.drop_column(table, "trace")
