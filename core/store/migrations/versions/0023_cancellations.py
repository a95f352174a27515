"""Create cancellations that were sent, to follow what becomes of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0023_cancellations"
down_revision = "0022_payments"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cancellations",
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_cancellations_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_cancellations_subscription_id_subscriptions"),
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_cancellations")),
    )
    op.create_index("ix_cancellations_state", "cancellations", ["state"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("cancellations")
