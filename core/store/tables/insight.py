"""Tables of what was foretold and scored, so that it can be held against what came."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Integer, String, Table

from core.store.column_types import UtcDateTime
from core.store.tables.metadata import METADATA

forecasts = Table(
    "forecasts",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),  # of its first day
    Column("currency", String(3), primary_key=True),
    Column("method", String(24), nullable=False),
    Column("cut_off", Date, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("middle", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("actual", BigInteger),  # once the month is over
    Column("made_at", UtcDateTime, nullable=False),
)

# Insights that a user put away, by their key: they are not told again.
put_away = Table(
    "put_away_insights",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
)

scores = Table(
    "scores",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("value", Integer, nullable=False),
    Column("coverage", Integer, nullable=False),  # whole per cent
    Column("version", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
