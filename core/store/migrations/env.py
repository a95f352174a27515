"""Runs migrations on the connection that ``core.store.migrate`` hands in."""

from __future__ import annotations

from alembic import context

from core.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    # What one migration has locked is free before the next one waits for another table.
    transaction_per_migration=connection.dialect.name == "postgresql",
)
with context.begin_transaction():
    context.run_migrations()
