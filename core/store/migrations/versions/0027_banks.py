"""Keep connections to banks: who allowed what, how far it was read, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0027_banks"
down_revision = "0026_named_lots"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _make_connections()
    op.create_table(
        "bank_accounts",
        sa.Column("connection_id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_bank_accounts_connection_id_bank_connections"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_bank_accounts_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_bank_accounts_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("connection_id", "reference", name=op.f("pk_bank_accounts")),
    )
    op.create_index("ix_bank_accounts_account", "bank_accounts", ["account_id"], unique=False)
    op.create_table(
        "bank_readings",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("connection_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("trouble", sa.String(length=16), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["bank_connections.id"],
            name=op.f("fk_bank_readings_connection_id_bank_connections"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_bank_readings_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_readings")),
    )
    op.create_index(
        "ix_bank_readings_connection", "bank_readings", ["connection_id", "at"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_bank_readings_connection", table_name="bank_readings")
    op.drop_table("bank_readings")
    op.drop_index("ix_bank_accounts_account", table_name="bank_accounts")
    op.drop_table("bank_accounts")
    op.drop_index("ix_bank_connections_due", table_name="bank_connections")
    op.drop_index("ix_bank_connections_user", table_name="bank_connections")
    op.drop_table("bank_connections")


def _make_connections() -> None:
    op.create_table(
        "bank_connections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("bank", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("access", sa.LargeBinary(), nullable=True),
        sa.Column("cursor", sa.LargeBinary(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("offered_until", UtcDateTime(), nullable=True),
        sa.Column("next_sync_at", UtcDateTime(), nullable=True),
        sa.Column("synced_at", UtcDateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_bank_connections_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_connections")),
    )
    op.create_index("ix_bank_connections_user", "bank_connections", ["user_id"], unique=False)
    op.create_index(
        "ix_bank_connections_due", "bank_connections", ["state", "next_sync_at"], unique=False
    )
