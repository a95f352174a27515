"""Table of rates: what one currency was in another, on which day, by whose word."""

from __future__ import annotations

from sqlalchemy import Column, Date, String, Table

from core.store.column_types import ExactDecimal
from core.store.tables.metadata import METADATA

fx_rates = Table(
    "fx_rates",
    METADATA,
    Column("user_id", String(40), primary_key=True),  # empty: everybody's
    Column("base", String(3), primary_key=True),
    Column("quote", String(3), primary_key=True),
    Column("source", String(8), primary_key=True),  # ecb | oxr | user
    Column("on_date", Date, primary_key=True),
    Column("rate", ExactDecimal, nullable=False),
    sqlite_with_rowid=False,  # the key is all a rate is found by
)
