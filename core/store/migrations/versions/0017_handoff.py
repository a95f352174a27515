"""Create tickets and what operators write on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.column_types import UtcDateTime

revision = "0017_handoff"
down_revision = "0016_investments"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITS = sa.text("state IN ('open', 'taken')")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tickets",
        sa.Column("number", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("quiet_until", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(length=40), server_default="", nullable=False),
        sa.Column("closed_by", sa.String(length=40), server_default="", nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tickets_user_id_users")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_tickets_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_state", "tickets", ["state", "number"], unique=False)
    op.create_index(
        "uq_tickets_waiting",
        "tickets",
        ["user_id"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
    op.create_table(
        "ticket_notes",
        sa.Column("seq", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("ticket", ROW_ID, nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.number"], name=op.f("fk_ticket_notes_ticket_tickets")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_ticket_notes_user_id_users")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ticket_notes")),
    )
    op.create_index("ix_ticket_notes_ticket", "ticket_notes", ["ticket"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("ticket_notes")
    op.drop_table("tickets")
