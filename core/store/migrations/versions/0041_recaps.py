"""Give everybody who has scheduled messages the week's recap as well."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0041_recaps"
down_revision = "0040_free_reminders"
branch_labels = None
depends_on = None

_T = sa.table(
    "schedules",
    sa.column("user_id", sa.String),
    sa.column("kind", sa.String),
    sa.column("next_due_at", UtcDateTime()),
    sa.column("state", sa.String),
)
# So long ago that the first beat finds the user's own last day for it, which is too late to send
# or, within two days, is not; from then on it comes at his hour.
_LONG_AGO = datetime(2026, 1, 5, 8, tzinfo=UTC)


def upgrade() -> None:
    """Apply."""
    since = sa.literal(_LONG_AGO, UtcDateTime())
    mine = sa.select(_T.c.user_id, sa.literal("weekly_recap"), since, sa.literal("on")).where(
        _T.c.kind == "bill_watch", _T.c.state == "on"
    )
    op.execute(sa.insert(_T).from_select(["user_id", "kind", "next_due_at", "state"], mine))


def downgrade() -> None:
    """Take back."""
    op.execute(sa.delete(_T).where(_T.c.kind == "weekly_recap"))
