"""Let the database itself refuse to change or remove postings and the audit trail."""

from __future__ import annotations

from alembic import op

revision = "0007_append_only"
down_revision = "0006_actions"
branch_labels = None
depends_on = None

TABLES = ("postings", "audit_events", "audit_seals")


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_trigger(table, verb))


def downgrade() -> None:
    """Take back."""
    on_table = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for verb in ("update", "delete"):
            where = f" ON {table}" if on_table else ""
            op.execute(f"DROP TRIGGER {table}_no_{verb}{where}")
    if on_table:
        op.execute("DROP FUNCTION refuse_change()")


def _trigger(table: str, verb: str) -> str:
    name = f"{table}_no_{verb.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        return (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
