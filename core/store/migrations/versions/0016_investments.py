"""Create securities, trades, prices, daily snapshots and watched prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import ExactDecimal, UtcDateTime

revision = "0016_investments"
down_revision = "0015_goals"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "securities",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("symbol", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sector", sa.String(length=24), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_securities_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_securities")),
        sa.UniqueConstraint("user_id", "symbol", name=op.f("uq_securities_user_id_symbol")),
    )
    op.create_table(
        "trades",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("security_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("traded_on", sa.Date(), nullable=False),
        sa.Column("quantity", ExactDecimal(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("split_new", sa.Integer(), nullable=False),
        sa.Column("split_old", sa.Integer(), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("entry_id", ROW_ID, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=True),
        sa.Column("import_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_trades_user_id_users")),
        sa.ForeignKeyConstraint(
            ["security_id"], ["securities.id"], name=op.f("fk_trades_security_id_securities")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_trades_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
    )
    op.create_index("ix_trades_user", "trades", ["user_id", "state", "security_id"], unique=False)
    op.create_index(
        "ix_trades_entry",
        "trades",
        ["entry_id"],
        unique=False,
        sqlite_where=sa.text("entry_id IS NOT NULL"),
        postgresql_where=sa.text("entry_id IS NOT NULL"),
    )
    op.create_index(
        "uq_trades_fingerprint",
        "trades",
        ["user_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("fingerprint IS NOT NULL"),
        postgresql_where=sa.text("fingerprint IS NOT NULL"),
    )
    _prices_and_watches()


def _prices_and_watches() -> None:
    op.create_table(
        "prices",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("symbol", sa.String(length=24), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price", ExactDecimal(), nullable=False),
        sa.Column("quoted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "symbol", "on_date", "source", name=op.f("pk_prices")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "portfolio_snapshots",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_portfolio_snapshots_user_id_users")
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "on_date", "currency", name=op.f("pk_portfolio_snapshots")
        ),
    )
    op.create_table(
        "price_watches",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("symbol", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("target", ExactDecimal(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_price_watches_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_watches")),
    )
    op.create_index("ix_price_watches_user", "price_watches", ["user_id", "state"], unique=False)
    op.create_index(
        "ix_price_watches_live",
        "price_watches",
        ["user_id", "symbol"],
        unique=False,
        sqlite_where=sa.text("state != 'deleted'"),
        postgresql_where=sa.text("state != 'deleted'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("price_watches")
    op.drop_table("portfolio_snapshots")
    op.drop_table("prices")
    op.drop_table("trades")
    op.drop_table("securities")
