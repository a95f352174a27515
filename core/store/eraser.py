"""Destroys what is known about one user: his key, his rows, and every word in what has to stay.

What stays are bookings without words (postings are append-only, in the database itself), the
audit trail without texts, and that a number said STOP, as a keyed hash. They hang on a user id
that leads to nobody any more. A table that this module does not know how to treat stops a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    exists,
    select,
    text,
    update,
)

from core.ids import UserId
from core.store.tables import METADATA
from core.store.tables.people import users
from core.store.vault import Vault

_TABLES = METADATA.tables

# Kept, with these columns emptied: what remains are amounts, currencies and days.
BLANKED: Mapping[str, Mapping[str, Any]] = {
    "users": {
        "email": None,
        "email_index": None,
        "given_name": None,
        "preferences": "{}",
        "password_hash": None,
        "pin_hash": None,
    },
    "accounts": {
        "name": "-",
        "institution": "",
        "number": None,
        "number_index": None,
        "last4": "",
        "rows_key": None,
        "active": False,
    },
    "journal_entries": {
        "merchant_key": "",
        "payee": "",
        "description": "",
        "external_id": None,
        "fingerprint": None,
        "import_id": None,
        "occurred_at": None,
    },
}
# Kept as they are: they hold no word and nothing that names a person, or they are everybody's.
KEPT = frozenset(
    {
        "account_balances",  # sums of what is kept
        "audit_events",  # append-only; no message text, no amounts
        "audit_seals",
        "erasures",  # the proof
        "heartbeats",
        "login_attempts",  # keyed hashes, gone in half an hour
        "message_templates",  # our own words
        "opt_outs",  # a keyed hash: a number that said STOP is never texted again
        "postings",  # append-only: amounts alone
        "settings_kept",
    }
)
# Rows that hang on another row and name no user themselves: (their column, whose, by which).
CHILDREN: Mapping[str, tuple[str, str, str]] = {
    "annotations": ("entry_id", "journal_entries", "id"),
    "balance_assertions": ("account_id", "accounts", "id"),
    "delivery_attempts": ("outbox_id", "outbox", "id"),
    "delivery_statuses": ("outbox_id", "outbox", "id"),
    "hold_captures": ("hold_id", "holds", "id"),
    "inbox": ("address_index", "conversations", "address_index"),
    "provider_requests": ("key", "approvals", "id"),
    "rejected_pairs": ("out_entry_id", "journal_entries", "id"),
    "settlements": ("account_id", "accounts", "id"),
}
_OWNERS = ("user_id", "owner")
_LATER = KEPT | BLANKED.keys() | CHILDREN.keys()


class Eraser:
    """Works inside the transaction that also records the proof."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def destroy(self, user_id: UserId, *, now: datetime) -> dict[str, int]:
        """Destroy everything that names the user; return how many rows went, by table.

        Nothing is left to do for a user who is gone already, so that twice is as good as once.
        """
        if not self._is_known(user_id):
            return {}
        if self._connection.dialect.name == "sqlite":
            # What is deleted is overwritten, not only taken off the list of what is there.
            self._connection.execute(text("PRAGMA secure_delete = ON"))
        destroyed = {}
        # Children first: once what they hang on is gone, nobody could tell whose they were.
        others = [table for table in reversed(METADATA.sorted_tables) if table.name not in _LATER]
        for table in (*(_TABLES[name] for name in CHILDREN), *others):
            gone = self._connection.execute(delete(table).where(_of(table, user_id))).rowcount
            if gone:
                destroyed[table.name] = gone
        for name, blanks in BLANKED.items():
            table = _TABLES[name]
            mine = table.c.id == user_id if table is users else table.c.user_id == user_id
            self._connection.execute(update(table).where(mine).values(**blanks))
        self._connection.execute(update(users).where(users.c.id == user_id).values(closed_at=now))
        self._vault.forget(user_id)
        return destroyed

    def _is_known(self, user_id: UserId) -> bool:
        query: Select[Any] = select(
            exists().where(users.c.id == user_id, users.c.email_index.is_not(None))
        )
        return bool(self._connection.execute(query).scalar())


def owner_column(table: Table) -> str:
    """Return the column that says whose a row is, "" where none does."""
    return next((name for name in _OWNERS if name in table.c), "")


def _of(table: Table, user_id: UserId) -> ColumnElement[bool]:
    """Tell the user's rows of a table."""
    own = owner_column(table)
    if own:
        return table.c[own] == user_id
    column, parent, key = CHILDREN[table.name]
    theirs = _TABLES[parent]
    return table.c[column].in_(select(theirs.c[key]).where(_of(theirs, user_id)))
