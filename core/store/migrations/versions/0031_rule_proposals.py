"""Remember which rules were proposed, so that none is proposed a second time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0031_rule_proposals"
down_revision = "0030_habits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rule_proposals",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_rule_proposals_user_id_users")
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "merchant_key", "category", name=op.f("pk_rule_proposals")
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("rule_proposals")
