"""A user's books as plain values, and back: everything, so that nothing is lost on a move.

Row by row and table by table, by what the columns are: what another part of the product keeps
beside the books comes along by itself. Ids are made anew on the way in; a figure never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    and_,
    case,
    func,
    insert,
    or_,
    select,
)

from core.errors import FinanceError
from core.ids import Ids, UserId
from core.ledger.entry import Flow
from core.store.account_store import AccountStore
from core.store.column_types import ExactDecimal, UtcDateTime
from core.store.ledger_store import LedgerStore
from core.store.tables import METADATA, investment, ledger, plan
from core.store.user_lock import UserLock
from core.store.vault import Vault

# Whose columns name a row of another table.
_TARGETS: Mapping[str, Table] = {
    **dict.fromkeys(("account_id", "pays_account_id"), ledger.accounts),
    **dict.fromkeys(("from_budget", "to_budget"), plan.budgets),
    "goal_id": plan.goals,
    "security_id": investment.securities,
    "lot_id": investment.trades,
    **dict.fromkeys(
        ("entry_id", "out_entry_id", "in_entry_id", "other_id", "superseded_by", "reverses_id"),
        ledger.entries,
    ),
    "refund_of": ledger.entries,
    "hold_id": ledger.holds,
    "import_id": ledger.imports,
    "was_import_id": ledger.imports,
}
_OF_USER, _OF_ENTRY, _OF_ACCOUNT = "user_id", "entry_id", "account_id"
# What the books are. A table that is not named here never leaves: what is kept beside the books
# (who somebody is, what was said, done and sent, keys to banks) is bound to one installation.
_BOOKS = frozenset(
    {
        *("accounts", "balance_assertions", "imports", "journal_entries", "postings"),
        *("allocations", "annotations", "transfers", "settlements", "holds", "hold_captures"),
        *("look_alikes", "rejected_pairs", "file_layouts"),
        *("category_rules", "category_cases", "rule_proposals"),
        *("budgets", "budget_covers", "goals", "goal_moves", "debts", "habits"),
        *("bills", "subscriptions", "reminders", "alert_wishes"),
        *("forecasts", "scores", "put_away_insights", "fx_rates"),
        *("securities", "trades", "prices", "portfolio_snapshots", "price_watches"),
    }
)
# Of a user too, and left behind. References are only a blind index, which another installation
# cannot read; quotes are soon over; cards, payees and payments are their issuer's and their rail's
# with one installation, and so is what a bank or a provider was asked for; the user's word on one
# due day of a bill names the bill by its number here; a model is learned anew from the cases.
_LEFT_OUT = frozenset(
    {
        *("users", "user_keys", "sessions", "channel_bindings", "link_tokens", "files"),
        *("calendar_links", "mail_codes", "assistant_keys", "second_factors", "erasures"),
        *("approvals", "alerts", "changes", "tool_calls", "schedules", "occurrences", "papers"),
        *("model_calls", "media_readings", "tickets", "ticket_notes", "audit_events"),
        *("entry_references", "fx_quotes", "bill_marks", "category_models"),
        *("cards", "contacts", "payments", "cancellations"),
        *("bank_connections", "bank_accounts", "bank_readings", "bank_rows"),
    }
)
# Columns that name a row which was left behind.
_UNTIED = frozenset({"alert_id"})
# Sums of other rows, added up anew.
_COMPUTED = frozenset({"account_balances"})
_BATCH = 2_000

Rows = list[dict[str, Any]]


class BooksNotEmpty(FinanceError):
    """Books are only loaded where there are none yet: two households are never mixed."""

    code = "books.not_empty"


class BooksUnreadable(FinanceError):
    """The file is not books of ours, or was changed (``table``, ``reason``)."""

    code = "books.unreadable"


def tables() -> tuple[Table, ...]:
    """Return the tables that are the books, parents first."""
    return tuple(table for table in METADATA.sorted_tables if table.name in _BOOKS)


def undecided() -> frozenset[str]:
    """Name the tables with rows of a user that nobody has said of whether they are books."""
    owned = {table.name for table in METADATA.sorted_tables if _owner(table)}
    return frozenset(owned - _BOOKS - _LEFT_OUT - _COMPUTED)


def _owner(table: Table) -> str:
    """Return the column by which rows of a table are a user's, empty when they are nobody's."""
    owners = (_OF_USER, _OF_ENTRY, _OF_ACCOUNT, "out_entry_id")
    return next((name for name in owners if name in table.c), "")


class PortableStore:
    """Takes books out and puts them in."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def dump(self, user_id: UserId) -> dict[str, Rows]:
        """Return all rows of a user's books as plain values, in the order of their keys."""
        return {
            table.name: [
                {
                    column.name: self._told(user_id, table, row, column.name)
                    for column in table.columns
                    if column.name != _OF_USER
                }
                for row in self._connection.execute(_mine(table, user_id)).mappings()
            ]
            for table in tables()
        }

    def load(self, user_id: UserId, books: Mapping[str, Any], *, ids: Ids) -> None:
        """Put dumped rows into empty books; raise `BooksNotEmpty` or `BooksUnreadable`."""
        UserLock(self._connection).hold(user_id)
        if self._connection.execute(
            select(ledger.accounts.c.id).where(ledger.accounts.c.user_id == user_id)
        ).first():
            raise BooksNotEmpty
        known = {table.name: table for table in tables()}
        if unknown := sorted(books.keys() - known.keys()):
            raise BooksUnreadable(table=str(unknown[0])[:40], reason="table_unknown")
        loader = _Loader(self._connection, self._vault, user_id, ids)
        for name, table in known.items():
            loader.load(table, books.get(name, []))
        self._check_sums(user_id)

    def _told(self, user_id: UserId, table: Table, row: Mapping[Any, Any], name: str) -> Any:
        value = row[name]
        if table is ledger.accounts and name == "rows_key":
            return value or str(row["id"])
        if name in _UNTIED:
            return None
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, date | datetime):
            return value.isoformat()
        if isinstance(value, Decimal):
            return f"{value:f}"
        if _is_sealed(table, name):
            return self._vault.open(user_id, _place(table, name, row), bytes(value))
        return bytes(value).hex()

    def _check_sums(self, user_id: UserId) -> None:
        """Add the balances up anew, and refuse postings that do not sum to zero."""
        legs, entries = ledger.postings, ledger.entries
        query = (
            select(legs.c.entry_id)
            .join(entries, entries.c.id == legs.c.entry_id)
            .where(entries.c.user_id == user_id)
            .group_by(legs.c.entry_id, legs.c.currency)
            .having(func.sum(legs.c.minor) != 0)
        )
        if self._connection.execute(query.limit(1)).first():
            raise BooksUnreadable(table=legs.name, reason="does_not_sum_to_zero")
        self._check_faces(user_id)
        accounts = AccountStore(self._connection, self._vault)
        truth = accounts.recomputed(user_id)
        held = accounts.held(truth)
        for account, (posted, pending) in sorted(truth.items()):
            values = {"account_id": account, "posted_minor": posted, "pending_minor": pending}
            values |= {"held_minor": held.get(account, 0), "version": 1}
            self._connection.execute(insert(ledger.balances).values(values))

    def _check_faces(self, user_id: UserId) -> None:
        """Refuse entries that say another amount than their postings or their parts."""
        legs, entries, parts = ledger.postings, ledger.entries, ledger.allocations
        own = and_(legs.c.entry_id == entries.c.id, legs.c.leg == 0)
        faces = (
            select(entries.c.id)
            .outerjoin(legs, own)
            .where(
                entries.c.user_id == user_id,
                or_(legs.c.minor.is_(None), legs.c.minor != entries.c.minor),
            )
        )
        counts = case(
            (entries.c.flow == Flow.INCOME.value, entries.c.minor), else_=-entries.c.minor
        )
        sums = (
            select(entries.c.id)
            .join(parts, parts.c.entry_id == entries.c.id)
            .where(entries.c.user_id == user_id, parts.c.live)
            .group_by(entries.c.id, entries.c.flow, entries.c.minor)
            .having(func.sum(parts.c.minor) != counts)
        )
        for table, query in ((entries, faces), (parts, sums)):
            if self._connection.execute(query.limit(1)).first():
                raise BooksUnreadable(table=table.name, reason="amounts_differ")


class _Loader:
    """Puts the rows of one file in, with new ids."""

    def __init__(self, connection: Connection, vault: Vault, user_id: UserId, ids: Ids) -> None:
        self._connection = connection
        self._vault = vault
        self._user_id = user_id
        self._ids = ids
        self._renamed: dict[str, dict[Any, Any]] = {}

    def load(self, table: Table, rows: object) -> None:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BooksUnreadable(table=table.name, reason="rows_bad")
        names = {column.name for column in table.columns} - {_OF_USER}
        if any(row.keys() != names for row in rows):
            raise BooksUnreadable(table=table.name, reason="columns_differ")
        self._rename(table, rows)
        ready = [self._ready(table, row) for row in rows]
        for start in range(0, len(ready), _BATCH):
            self._connection.execute(insert(table), ready[start : start + _BATCH])

    def _rename(self, table: Table, rows: Rows) -> None:
        """Choose the ids under which rows that others point at will be kept."""
        if table is ledger.entries:
            new: Iterable[Any] = LedgerStore(self._connection, self._vault).reserve(len(rows))
        elif table is ledger.imports:
            new = [self._ids.new("import") for _ in rows]
        elif table in _TARGETS.values():
            new = self._numbers(table, len(rows))
        else:
            return
        old = [row["id"] for row in rows]
        if len(set(map(repr, old))) < len(old):
            raise BooksUnreadable(table=table.name, reason="ids_repeat")
        self._renamed[table.name] = dict(zip(old, new, strict=True))

    def _numbers(self, table: Table, number: int) -> list[int]:
        if self._connection.dialect.name == "postgresql":
            following = select(func.nextval(f"{table.name}_id_seq"))
            return [int(self._connection.execute(following).scalar_one()) for _ in range(number)]
        last = self._connection.execute(select(func.max(table.c.id))).scalar() or 0
        return [last + step for step in range(1, number + 1)]

    def _ready(self, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
        ready: dict[str, Any] = {}
        for column in table.columns:
            if column.name == _OF_USER:
                ready[_OF_USER] = self._user_id
            elif column.name == "id" and table.name in self._renamed:
                ready["id"] = self._renamed[table.name][row["id"]]
            elif column.name == "id" and isinstance(column.type, BigInteger):
                continue  # nobody points at it
            elif column.name == "id":
                ready["id"] = self._ids.new(str(row["id"]).partition("_")[0][:12])
            else:
                ready[column.name] = self._value(table, column.name, row)
        self._seal(table, ready)
        return ready

    def _value(self, table: Table, name: str, row: Mapping[str, Any]) -> Any:
        value = row[name]
        target = _target(table, name)
        if value is None:
            return None
        if target is not None:
            renamed = self._renamed.get(target.name, {})
            # What an old change points at may be gone; a row that must point somewhere may not.
            if value not in renamed and not table.c[name].foreign_keys:
                return value if isinstance(value, int) and value == 0 else None
            if value not in renamed:
                raise BooksUnreadable(table=table.name, reason="points_nowhere")
            return renamed[value]
        try:
            return _read(table, name, value)
        except (TypeError, ValueError, InvalidOperation):
            raise BooksUnreadable(table=table.name, reason=f"{name}_bad") from None

    def _seal(self, table: Table, row: dict[str, Any]) -> None:
        for name in [name for name in row if _is_sealed(table, name)]:
            if isinstance(row[name], str):
                if table is ledger.accounts:
                    row["number_index"] = self._vault.index("accounts.number", row[name])
                place = _place(table, name, row)
                row[name] = self._vault.close(self._user_id, place, row[name])


def _mine(table: Table, user_id: UserId) -> Select[Any]:
    """Select a user's rows of a table, by itself or by the entry or account they belong to."""
    owner = _owner(table)
    if owner == _OF_USER:
        mine: ColumnElement[bool] = table.c.user_id == user_id
    else:
        parent = ledger.accounts if owner == _OF_ACCOUNT else ledger.entries
        mine = table.c[owner].in_(select(parent.c.id).where(parent.c.user_id == user_id))
    return select(table).where(mine).order_by(*table.primary_key.columns)


def _target(table: Table, name: str) -> Table | None:
    if table is ledger.balance_assertions and name == "source":
        return ledger.imports
    return _TARGETS.get(name)


def _is_sealed(table: Table, name: str) -> bool:
    """Tell whether bytes are a sealed text; fingerprints have a length and are not."""
    kind = table.c[name].type
    return isinstance(kind, LargeBinary) and kind.length is None


def _place(table: Table, name: str, row: Mapping[Any, Any]) -> tuple[str, str, str]:
    if table is ledger.notes:
        return (table.name, row["field"], str(row["entry_id"]))
    keys: Sequence[str] = [column.name for column in table.primary_key.columns]
    return (table.name, name, str(row[next(key for key in keys if key != _OF_USER)]))


def _read(table: Table, name: str, value: Any) -> Any:
    """Turn a plain value into what the column holds; raise when it is none."""
    match table.c[name].type:
        case UtcDateTime():
            return datetime.fromisoformat(value)
        case Date():
            return date.fromisoformat(value)
        case ExactDecimal():
            return Decimal(str(value))
        case LargeBinary():
            return value if _is_sealed(table, name) else bytes.fromhex(value)
        case Boolean():
            return _of(bool, value)
        case Integer():
            return _of(int, value)
        case String():
            return _of(str, value)
    raise TypeError(name)


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(kind.__name__)
    return value
