"""The database: one unit of work and its stores, on SQLite and PostgreSQL."""
