"""Holds on what an account has, and quotes for exchanging between wallets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import ExactDecimal, UtcDateTime

revision = "0010_wallets"
down_revision = "0009_rates"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "account_balances",
        sa.Column("held_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "holds",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("card_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_holds_user_id_users")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_holds_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_holds_user_id_key")),
    )
    op.create_index("ix_holds_account", "holds", ["account_id", "state"], unique=False)
    op.create_index("ix_holds_due", "holds", ["state", "expires_at"], unique=False)
    op.create_table(
        "hold_captures",
        sa.Column("hold_id", ROW_ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.id"], name=op.f("fk_hold_captures_hold_id_holds")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_hold_captures_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("hold_id", "key", name=op.f("pk_hold_captures")),
    )
    op.create_table(
        "fx_quotes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("target_id", ROW_ID, nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_currency", sa.String(length=3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("got_minor", sa.BigInteger(), nullable=False),
        sa.Column("got_currency", sa.String(length=3), nullable=False),
        sa.Column("rate", ExactDecimal(), nullable=False),
        sa.Column("rate_source", sa.String(length=24), nullable=False),
        sa.Column("rate_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("used_key", sa.String(length=80), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_fx_quotes_user_id_users")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["accounts.id"], name=op.f("fk_fx_quotes_source_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["accounts.id"], name=op.f("fk_fx_quotes_target_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_quotes")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("fx_quotes")
    op.drop_table("hold_captures")
    op.drop_table("holds")
    with op.batch_alter_table("account_balances") as batch:
        batch.drop_column("held_minor")
