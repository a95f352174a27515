"""Keep the keys with which other assistants may read a user's books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0033_assistant_keys"
down_revision = "0032_attention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "assistant_keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_assistant_keys_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistant_keys")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_assistant_keys_token_hash")),
    )
    op.create_index(
        "ix_assistant_keys_user", "assistant_keys", ["user_id", "ended_at"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_assistant_keys_user", table_name="assistant_keys")
    op.drop_table("assistant_keys")
