"""Let a budget end on a day, and count how often something is bought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId

revision = "0030_habits"
down_revision = "0029_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("budgets", sa.Column("ends_on", sa.Date(), nullable=True))
    op.create_table(
        "habits",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_habits_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_habits")),
    )
    op.create_index("ix_habits_user", "habits", ["user_id", "state"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_habits_user", table_name="habits")
    op.drop_table("habits")
    op.drop_column("budgets", "ends_on")
