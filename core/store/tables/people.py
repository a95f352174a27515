"""Tables about people: users, their keys, chat bindings, link tokens, sessions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from core.store.column_types import UtcDateTime
from core.store.tables.metadata import METADATA

users = Table(
    "users",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),  # person | demo | system
    Column("role", String(16), nullable=False),  # user | support | auditor | admin
    Column("email", LargeBinary),  # sealed
    Column("email_index", String(64), unique=True),
    Column("given_name", LargeBinary),  # sealed
    Column("preferences", Text, nullable=False),  # JSON: zone, locale, currency ...
    Column("password_hash", Text),
    Column("pin_hash", Text),  # confirms what a chat alone cannot approve
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

user_keys = Table(
    "user_keys",
    METADATA,
    Column("owner", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master_fingerprint", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

bindings = Table(
    "channel_bindings",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary, nullable=False),  # sealed
    Column("address_index", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # active | opted_out | unreachable | revoked
    Column("linked_at", UtcDateTime, nullable=False),
    Column("last_inbound_at", UtcDateTime),
    Index("ix_bindings_address", "channel", "address_index"),
    Index("ix_bindings_user", "user_id", "state"),
)

opt_outs = Table(
    "opt_outs",
    METADATA,
    Column("address_index", String(64), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("opted_out_at", UtcDateTime, nullable=False),
)

link_tokens = Table(
    "link_tokens",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # issued | claimed | confirmed | refused
    Column("address", LargeBinary),  # sealed: who claimed it
    Column("address_index", String(64)),
    Column("display_name", LargeBinary),  # sealed
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # admin | api
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

login_attempts = Table(
    "login_attempts",
    METADATA,
    Column("subject", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("locked_until", UtcDateTime),
)

# The second factor of who signs in to the console.
second_factors = Table(
    "second_factors",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("last_step", Integer, nullable=False),  # the code taken last: none is taken twice
    Column("recovery", Text, nullable=False),  # JSON: hashes of codes for a lost phone
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
)

mail_codes = Table(
    "mail_codes",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("address", LargeBinary, nullable=False),  # sealed
    Column("code_index", String(64), nullable=False),  # keyed; "" once the code was used
    Column("tries", Integer, nullable=False),
    Column("sent", Integer, nullable=False),  # since the moment beside it
    Column("since", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

calendar_links = Table(
    "calendar_links",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_calendar_links_user", "user_id", "active"),
)

assistant_keys = Table(
    "assistant_keys",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", LargeBinary, nullable=False),  # sealed: which assistant holds it
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_assistant_keys_user", "user_id", "ended_at"),
)
