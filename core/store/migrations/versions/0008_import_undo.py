"""Let an import be taken back whole, and let the database keep the nominal side single."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0008_import_undo"
down_revision = "0007_append_only"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("postings", "audit_events", "audit_seals")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settlements",
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("import_id", sa.String(length=40), nullable=True),
        sa.Column("was_date", sa.Date(), nullable=False),
        sa.Column("was_external_id", sa.String(length=120), nullable=True),
        sa.Column("was_fingerprint", sa.LargeBinary(length=16), nullable=True),
        sa.Column("was_import_id", sa.String(length=40), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_settlements_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_settlements")),
    )
    op.create_index("ix_settlements_account", "settlements", ["account_id"], unique=False)
    op.create_index("ix_settlements_import", "settlements", ["import_id"], unique=False)
    op.create_index(
        "uq_accounts_nominal",
        "accounts",
        ["user_id", "kind", "currency"],
        unique=True,
        sqlite_where=sa.text("ledger_class = 'nominal'"),
        postgresql_where=sa.text("ledger_class = 'nominal'"),
    )
    with op.batch_alter_table("balance_assertions", recreate="auto") as batch:
        batch.alter_column("source", type_=sa.String(length=40))
        batch.drop_constraint("pk_balance_assertions", type_="primary")
        batch.create_primary_key("pk_balance_assertions", ["account_id", "on_date", "source"])
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            # Emptying a table fires no trigger of its rows.
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    """Take back; of several assertions about one day the database keeps none to choose from."""
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    op.execute("DELETE FROM balance_assertions")
    with op.batch_alter_table("balance_assertions", recreate="auto") as batch:
        batch.alter_column("source", type_=sa.String(length=16))
        batch.drop_constraint("pk_balance_assertions", type_="primary")
        batch.create_primary_key("pk_balance_assertions", ["account_id", "on_date"])
    op.drop_index("uq_accounts_nominal", table_name="accounts")
    op.drop_table("settlements")
