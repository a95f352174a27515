"""Let a sale name the purchase that it takes its pieces from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026_named_lots"
down_revision = "0025_model_calls"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("trades", sa.Column("lot_id", ROW_ID, nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("trades", "lot_id")
