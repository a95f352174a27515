"""Tables of investments: securities, trades, prices, daily snapshots, watched prices."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from core.store.column_types import ExactDecimal, UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

securities = Table(
    "securities",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("symbol", String(24), nullable=False),
    Column("name", String(80), nullable=False),
    Column("kind", String(8), nullable=False),  # stock | etf | fund | bond | crypto | other
    Column("currency", String(3), nullable=False),
    Column("sector", String(24), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "symbol"),
)

trades = Table(
    "trades",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("security_id", RowId, ForeignKey("securities.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # buy | sell | dividend | fee | split
    Column("traded_on", Date, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("minor", BigInteger, nullable=False),  # before fees, never negative
    Column("fee_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("split_new", Integer, nullable=False),  # so many pieces for
    Column("split_old", Integer, nullable=False),  # so many
    Column("account_id", RowId, ForeignKey("accounts.id")),
    Column("lot_id", RowId),  # the purchase a sale takes from; none: the oldest first
    Column("entry_id", RowId),  # the cash leg in the journal; none: no money was booked
    Column("state", String(8), nullable=False),  # active | deleted
    Column("source", String(8), nullable=False),  # manual | import | demo
    Column("fingerprint", LargeBinary(16)),
    Column("import_id", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_trades_user", "user_id", "state", "security_id"),
    Index(
        "ix_trades_entry",
        "entry_id",
        sqlite_where=text("entry_id IS NOT NULL"),
        postgresql_where=text("entry_id IS NOT NULL"),
    ),
    Index(
        "uq_trades_fingerprint",
        "user_id",
        "fingerprint",
        unique=True,
        sqlite_where=text("fingerprint IS NOT NULL"),
        postgresql_where=text("fingerprint IS NOT NULL"),
    ),
)

prices = Table(
    "prices",
    METADATA,
    Column("user_id", String(40), primary_key=True),  # empty: everybody's
    Column("symbol", String(24), primary_key=True),
    Column("on_date", Date, primary_key=True),
    Column("source", String(16), primary_key=True),  # demo | alpha_vantage | file
    Column("currency", String(3), nullable=False),
    Column("price", ExactDecimal, nullable=False),
    Column("quoted_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,  # the key is all a price is found by
)

portfolio_snapshots = Table(
    "portfolio_snapshots",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("on_date", Date, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("value_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger, nullable=False),
    Column("left_out", Integer, nullable=False),  # holdings without a price or a rate
    Column("made_at", UtcDateTime, nullable=False),
)

price_watches = Table(
    "price_watches",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("symbol", String(24), nullable=False),
    Column("name", String(80), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("direction", String(8), nullable=False),  # above | below
    Column("target", ExactDecimal, nullable=False),
    Column("state", String(8), nullable=False),  # new | armed | passed | deleted
    Column("passes", Integer, nullable=False),  # how often it was told
    Column("seen_at", UtcDateTime),  # the quote it was last held against
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_price_watches_user", "user_id", "state"),
    Index(
        "ix_price_watches_live",
        "user_id",
        "symbol",
        sqlite_where=text("state != 'deleted'"),
        postgresql_where=text("state != 'deleted'"),
    ),
)
