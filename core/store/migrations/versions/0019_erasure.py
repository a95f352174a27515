"""Create erasures, and the PIN that confirms what a chat alone cannot approve."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0019_erasure"
down_revision = "0018_cases"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('scheduled', 'leaving')")


def upgrade() -> None:
    """Apply."""
    op.add_column("users", sa.Column("pin_hash", sa.Text(), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("destroyed", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_state", "erasures", ["state", "due_at"], unique=False)
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["user_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("erasures")
    with op.batch_alter_table("users") as users:
        users.drop_column("pin_hash")
