"""What a user can call by name: merchants and own categories, with a mark that tells of changes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, text

from core.ids import UserId
from core.ledger.entry import IN_THE_BOOKS
from core.store.tables import action, ledger
from core.store.vault import Vault

_LIVE = ", ".join(f"'{state.value}'" for state in sorted(IN_THE_BOOKS))

# From key to key through the index and to the newest entry of each: a step for each merchant,
# however many entries there are. Grouping would read every entry at every message.
_MERCHANTS = text(
    f"""
    WITH RECURSIVE keys(merchant_key) AS (
        SELECT min(merchant_key) FROM journal_entries
        WHERE user_id = :user AND merchant_key > ''
        UNION ALL
        SELECT (
            SELECT min(entries.merchant_key) FROM journal_entries AS entries
            WHERE entries.user_id = :user AND entries.merchant_key > keys.merchant_key
        ) FROM keys WHERE keys.merchant_key IS NOT NULL
    )
    SELECT newest.merchant_key, newest.payee FROM keys
    JOIN journal_entries AS newest ON newest.id = (
        SELECT entries.id FROM journal_entries AS entries
        WHERE entries.user_id = :user AND entries.merchant_key = keys.merchant_key
        AND entries.state IN ({_LIVE})
        ORDER BY entries.id DESC LIMIT 1
    )
    ORDER BY newest.id DESC LIMIT :most
    """  # noqa: S608 - our own states
)

# Word for word the condition of ix_allocations_own, or the index would not be used.
_OWN_CATEGORIES = text(
    """
    SELECT DISTINCT category FROM allocations
    WHERE user_id = :user AND live AND substr(category, 1, 5) = 'user:'
    ORDER BY category
    """
)


_ACCOUNTS, _BALANCES, _EVENTS = ledger.accounts, ledger.balances, action.audit_events
_MARK = (
    select(
        select(func.max(_EVENTS.c.seq))
        .where(_EVENTS.c.user_id == bindparam("user"))
        .scalar_subquery(),
        func.count(),
        func.coalesce(func.sum(_BALANCES.c.version), 0),
    )
    .select_from(_ACCOUNTS)
    .join(_BALANCES, _BALANCES.c.account_id == _ACCOUNTS.c.id)
    .where(_ACCOUNTS.c.user_id == bindparam("user"))
)


# As texts: asked after every entry, they take less to send than to put together.
_NEWEST = text("SELECT coalesce(max(id), 0) FROM journal_entries")
_ACTIONS = text("SELECT DISTINCT action FROM audit_events WHERE user_id = :user AND seq > :seq")
_BOOKED = text(
    f"""
    SELECT merchant_key, payee FROM journal_entries
    WHERE id > :entry AND user_id = :user AND merchant_key > '' AND state IN ({_LIVE})
    ORDER BY id
    """  # noqa: S608 - our own states
)


class NameQueries:
    """Reads names; never writes."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def mark(self, user_id: UserId) -> tuple[int, int, int]:
        """Return what differs after any change to this user's accounts, entries or categories.

        Every change is audited or moves a balance. It costs two steps in indexes.
        """
        newest, number, moved = self._connection.execute(_MARK, {"user": user_id}).one()
        return newest or 0, number, int(moved)

    def newest_entry(self) -> int:
        """Return the number of the newest entry of all users, 0 when there is none."""
        return int(self._connection.execute(_NEWEST).scalar_one())

    def actions_since(self, user_id: UserId, seq: int) -> frozenset[str]:
        """Return what was done in this user's books after an event of the audit trail."""
        rows = self._connection.execute(_ACTIONS, {"user": user_id, "seq": seq})
        return frozenset(rows.scalars())

    def booked_since(self, user_id: UserId, entry: int) -> tuple[tuple[str, str], ...]:
        """Return (key, shown name) of the merchants of newer entries than one, oldest first."""
        rows = self._connection.execute(_BOOKED, {"user": user_id, "entry": entry})
        return tuple((row[0], row[1]) for row in rows)

    def merchants(self, user_id: UserId, limit: int = 800) -> tuple[tuple[str, str], ...]:
        """Return (key, shown name) of the merchants in the books, the latest booked first."""
        rows = self._connection.execute(_MERCHANTS, {"user": user_id, "most": limit})
        return tuple((row[0], row[1]) for row in rows)

    def merchant(self, user_id: UserId, key: str) -> str | None:
        """Return the shown name of the merchant with this very key, if the books have it."""
        table = ledger.entries
        query = (
            select(table.c.payee)
            .where(
                table.c.user_id == user_id,
                table.c.merchant_key == key,
                table.c.state.in_([state.value for state in IN_THE_BOOKS]),
            )
            .order_by(table.c.id.desc())
            .limit(1)
        )
        return self._connection.execute(query).scalar()

    def categories_of(self, user_id: UserId, keys: Sequence[str]) -> dict[str, str]:
        """Return the category of the newest entry of each of these merchants, by their keys."""
        if not keys:
            return {}
        entries, parts = ledger.entries, ledger.allocations
        newest = (
            select(func.max(entries.c.id))
            .where(
                entries.c.user_id == user_id,
                entries.c.merchant_key.in_(keys),
                entries.c.state.in_([state.value for state in IN_THE_BOOKS]),
            )
            .group_by(entries.c.merchant_key)
        )
        query = (
            select(entries.c.merchant_key, parts.c.category)
            .join(parts, (parts.c.entry_id == entries.c.id) & parts.c.live)
            .where(entries.c.id.in_(newest))
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def own_categories(self, user_id: UserId) -> tuple[str, ...]:
        """Return the user's own categories that occur in the books."""
        rows = self._connection.execute(_OWN_CATEGORIES, {"user": user_id})
        return tuple(row[0] for row in rows)
