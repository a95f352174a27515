"""Keep why a connection to a bank should be renewed, and find one by the service's name for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0042_bank_words"
down_revision = "0041_recaps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("bank_connections", sa.Column("renewal", sa.String(10)))
    op.add_column("bank_connections", sa.Column("ends_at", UtcDateTime()))
    op.create_index("ix_bank_connections_reference", "bank_connections", ["provider", "reference"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_bank_connections_reference", "bank_connections")
    op.drop_column("bank_connections", "ends_at")
    op.drop_column("bank_connections", "renewal")
