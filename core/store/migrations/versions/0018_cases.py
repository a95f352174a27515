"""Keep corrections as cases and give rules conditions; what was remembered becomes cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0018_cases"
down_revision = "0017_handoff"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "category_cases",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=True),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("inflow", sa.Boolean(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_category_cases_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_cases")),
    )
    op.create_index("ix_cases_user", "category_cases", ["user_id", "state"], unique=False)
    op.execute(
        "INSERT INTO category_cases (user_id, entry_id, merchant_key, text, inflow, currency,"
        " category, state, created_at) SELECT user_id, entry_id, merchant_key, merchant_key,"
        " false, '', category, 'active', created_at FROM category_memory"
    )
    op.drop_table("category_memory")
    for column in (
        sa.Column("match", sa.String(length=8), nullable=False, server_default="begins"),
        sa.Column("at_least", sa.BigInteger(), nullable=True),
        sa.Column("at_most", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False, server_default=""),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("inflow", sa.Boolean(), nullable=True),
    ):
        op.add_column("category_rules", column)


def downgrade() -> None:
    """Take back; what a case knows beside its payee and category is lost."""
    for name in ("inflow", "account_id", "currency", "at_most", "at_least", "match"):
        op.drop_column("category_rules", name)
    op.create_table(
        "category_memory",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_key", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "merchant_key", name=op.f("pk_category_memory")),
    )
    op.execute(
        "INSERT INTO category_memory (user_id, merchant_key, category, entry_id, created_at)"
        " SELECT user_id, merchant_key, category, entry_id, created_at FROM category_cases"
        " WHERE id IN (SELECT max(id) FROM category_cases WHERE state = 'active'"
        " GROUP BY user_id, merchant_key)"
    )
    op.drop_index("ix_cases_user", table_name="category_cases")
    op.drop_table("category_cases")
