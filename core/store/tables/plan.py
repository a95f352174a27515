"""Tables of what a user plans and expects: budgets, subscriptions, alerts, schedules."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.store.column_types import UtcDateTime
from core.store.tables.ledger import RowId
from core.store.tables.metadata import METADATA

budgets = Table(
    "budgets",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("category", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cadence", String(8), nullable=False),
    Column("warn_percent", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # active | paused | deleted
    Column("started_on", Date, nullable=False),
    Column("carry_since", Date),  # what is left goes on since then; none: each period is new
    Column("limit_since", Date),
    Column("granted_minor", BigInteger, nullable=False, default=0, server_default="0"),
    Column("ends_on", Date),  # its last day; none: it goes on
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_budgets_user", "user_id", "state"),
)

subscriptions = Table(
    "subscriptions",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id"), nullable=False),
    Column("merchant_key", String(80), nullable=False),
    Column("stream", String(120), nullable=False),  # tells two plans of one merchant apart
    Column("name", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cadence", String(12), nullable=False),
    Column("status", String(20), nullable=False),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("next_date", Date, nullable=False),
    Column("previous_minor", BigInteger),
    Column("price_changed_on", Date),
    Column("trial_ends", Date),
    Column("lead_days", String(40)),  # "7,1"; empty: never reminded; none: as usual
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "stream"),
)

budget_covers = Table(
    "budget_covers",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("from_budget", RowId, ForeignKey("budgets.id"), nullable=False),
    Column("to_budget", RowId, ForeignKey("budgets.id"), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("covered_on", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_budget_covers_user", "user_id", "covered_on"),
)

habits = Table(
    "habits",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("category", String(80), nullable=False),  # or, where it is empty, a payee:
    Column("merchant_key", String(80), nullable=False),
    Column("name", String(80), nullable=False),
    Column("most", Integer, nullable=False),
    Column("cadence", String(8), nullable=False),  # daily | weekly | monthly
    Column("state", String(8), nullable=False),  # active | deleted
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_habits_user", "user_id", "state"),
)

goals = Table(
    "goals",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("started_on", Date, nullable=False),
    Column("by_date", Date),
    Column("account_id", RowId, ForeignKey("accounts.id")),  # counted whole; none: an envelope
    Column("state", String(8), nullable=False),  # active | deleted
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_goals_user", "user_id", "state"),
)

goal_moves = Table(
    "goal_moves",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("goal_id", RowId, ForeignKey("goals.id"), nullable=False),
    Column("minor", BigInteger, nullable=False),  # put aside > 0, taken out < 0
    Column("currency", String(3), nullable=False),
    Column("moved_on", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_goal_moves_user", "user_id", "goal_id"),
)

debts = Table(
    "debts",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id")),  # owed there; none: the amount told
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("rate_percent", String(12), nullable=False),  # a year, a decimal
    Column("minimum_minor", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),  # active | deleted
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_debts_user", "user_id", "state"),
)

bills = Table(
    "bills",
    METADATA,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # bill | income
    Column("source", String(8), nullable=False),  # found | typed
    Column("name", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("varies", Boolean, nullable=False),
    Column("cadence", String(12), nullable=False),
    Column("anchor", Date, nullable=False),  # a due day, before a bank holiday moves it
    Column("day", Integer, nullable=False),  # of the month; 0 where days are counted
    Column("roll", String(8), nullable=False),  # none | before | after
    Column("state", String(8), nullable=False),  # active | ended | deleted
    Column("merchant_key", String(80), nullable=False),
    Column("category", String(80), nullable=False),
    Column("account_id", RowId, ForeignKey("accounts.id")),
    Column("pays_account_id", RowId, ForeignKey("accounts.id")),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date),
    Column("previous_minor", BigInteger),
    Column("price_changed_on", Date),
    Column("lead_days", String(40)),  # "7,1"; empty: never reminded; none: as usual
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_bills_user", "user_id", "state"),
)

bill_marks = Table(
    "bill_marks",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("subject", String(40), primary_key=True),  # bill:3 | subscription:7
    Column("due_on", Date, primary_key=True),
    Column("state", String(8), nullable=False),  # paid | skipped
    Column("marked_on", Date),
    Column("created_at", UtcDateTime, nullable=False),
)

alerts = Table(
    "alerts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("dedupe_key", String(160), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed JSON
    Column("state", String(16), nullable=False),
    Column("held_for", String(12)),  # why it was not told at once
    Column("notice", String(40)),  # alerts of one message have the same
    Column("told_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "dedupe_key"),
)

alert_wishes = Table(
    "alert_wishes",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("scope", String(128), primary_key=True),  # all | topic:bills | about:netflix
    Column("way", String(8), nullable=False),  # off | daily | weekly
    Column("until", UtcDateTime),  # none: for good
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_alert_wishes_until", "until"),
)

reminders = Table(
    "reminders",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("what", LargeBinary, nullable=False),  # sealed
    Column("day", Date, nullable=False),  # when it comes next, on the user's clock
    Column("clock", String(5)),  # 18:00; none: it is the moment that counts
    Column("due_at", UtcDateTime, nullable=False),
    Column("every", String(8), nullable=False),  # a value of Every
    Column("anchor", Integer, nullable=False),  # of the month, before a short one clamps it
    Column("alert_id", String(40)),  # an alert that is told again
    Column("state", String(8), nullable=False),  # active | done | deleted
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_reminders_due", "state", "due_at"),
    Index("ix_reminders_user", "user_id", "state"),
)

schedules = Table(
    "schedules",
    METADATA,
    Column("user_id", String(40), ForeignKey("users.id"), primary_key=True),
    Column("kind", String(24), primary_key=True),  # daily_summary | monthly_report
    Column("next_due_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False),  # on | off
    Index("ix_schedules_due", "state", "next_due_at"),
)

occurrences = Table(
    "occurrences",
    METADATA,
    Column("user_id", String(40), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("state", String(10), nullable=False),  # due | done | skipped | failed
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("note", Text),
)

files = Table(
    "files",
    METADATA,
    Column("key", String(60), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("kind", String(16), nullable=False),  # report | statement | upload
    Column("name", LargeBinary, nullable=False),  # sealed
    Column("media_type", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
