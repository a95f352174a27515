"""Keep what a user's corrections taught, version by version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0020_category_models"
down_revision = "0019_erasure"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "category_models",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("taught_by", sa.String(length=64), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_category_models_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_models")),
        sa.UniqueConstraint("user_id", "version", name=op.f("uq_category_models_user_id")),
    )
    op.create_index(
        "ix_category_models_user", "category_models", ["user_id", "state"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_category_models_user", table_name="category_models")
    op.drop_table("category_models")
