"""Keep what alerts were held back for, and how the user wants to hear of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0032_attention"
down_revision = "0031_rule_proposals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("alerts", sa.Column("held_for", sa.String(length=12), nullable=True))
    op.add_column("alerts", sa.Column("notice", sa.String(length=40), nullable=True))
    op.add_column("alerts", sa.Column("told_at", UtcDateTime(), nullable=True))
    op.create_table(
        "alert_wishes",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_alert_wishes_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "scope", name=op.f("pk_alert_wishes")),
    )
    op.create_index("ix_alert_wishes_until", "alert_wishes", ["until"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_alert_wishes_until", table_name="alert_wishes")
    op.drop_table("alert_wishes")
    for column in ("told_at", "notice", "held_for"):
        op.drop_column("alerts", column)
