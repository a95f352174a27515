"""Let a budget carry what a period leaves into the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_budget_carry"
down_revision = "0020_category_models"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("budgets", sa.Column("carry_since", sa.Date(), nullable=True))
    op.add_column("budgets", sa.Column("limit_since", sa.Date(), nullable=True))
    op.add_column(
        "budgets",
        sa.Column("granted_minor", sa.BigInteger(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    for name in ("granted_minor", "limit_since", "carry_since"):
        op.drop_column("budgets", name)
