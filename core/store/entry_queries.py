"""The one query layer behind every figure: chat, alert, report, export and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
)

from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import (
    GUESSES,
    IN_THE_BOOKS,
    SURE,
    Allocation,
    EntryState,
    EntryUnknown,
    Flow,
    JournalEntry,
    Source,
)
from core.ledger.search import Coverage, EntryQuery, GroupBy, SortBy, Total
from core.money import Money
from core.period import Period, month_number, month_text
from core.store.tables import ledger
from core.store.vault import Vault

_E, _A, _P = ledger.entries, ledger.allocations, ledger.accounts
_LIVE_STATES = tuple(state.value for state in IN_THE_BOOKS)
UNCATEGORISED = "UNCATEGORISED"
# A statement of SQLite takes some 32,000 values.
_IDS_AT_ONCE = 10_000
_TIMELINE = (GroupBy.MONTH, GroupBy.DAY)
_FROM_MONTHLY = (GroupBy.MONTH, GroupBy.CATEGORY)
# What a question about allocations may be narrowed by.
_NARROWED_BY: Mapping[str, ColumnElement[bool]] = {
    "user": _A.c.user_id == bindparam("user"),
    "of_flow": _A.c.flow == bindparam("of_flow"),
    "only_month": _A.c.month == bindparam("only_month"),
    "first_month": _A.c.month >= bindparam("first_month"),
    "last_month": _A.c.month <= bindparam("last_month"),
    "since": _A.c.booked_date >= bindparam("since"),
    "before": _A.c.booked_date < bindparam("before"),
    "categories": _A.c.category.in_(bindparam("categories", expanding=True)),
    "in_currency": _A.c.currency == bindparam("in_currency"),
}


class EntryQueries:
    """Reads entries and sums; never writes."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def totals(
        self, user_id: UserId, query: EntryQuery, by: GroupBy = GroupBy.NONE
    ) -> tuple[Total, ...]:
        """Sum what counted as spending (or income) per group and currency, largest first."""
        values = _narrowing(user_id, query)
        if by in _FROM_MONTHLY and not _looks_at_entry(query):
            return _in_order(self._from_monthly(values, by), by)
        if by is GroupBy.NONE and not _looks_at_entry(query):
            found = self._connection.execute(_sums(by, tuple(values)), values)
            return _in_order([Total("", "", code, int(s), n) for code, s, n in found], by)
        key, label, needs_entry = _group(by)
        columns = (key, label, _A.c.currency, func.sum(_A.c.minor), func.count())
        statement = select(*columns).where(*_allocation_filters(values))
        if needs_entry or _looks_at_entry(query):
            statement = statement.join(_E, _E.c.id == _A.c.entry_id)
            statement = statement.where(*_entry_filters(query))
        if by is GroupBy.ACCOUNT:
            statement = statement.join(_P, _P.c.id == _E.c.account_id)
        groups = [_A.c.currency] if by is GroupBy.NONE else [key, label, _A.c.currency]
        if by is GroupBy.MERCHANT:
            groups = [key, _A.c.currency]
        rows = self._connection.execute(statement.group_by(*groups), values).all()
        shown = month_text if by is GroupBy.MONTH else str
        sums = [Total(shown(k), str(t), currency, int(s), n) for k, t, currency, s, n in rows]
        return _in_order(sums, by)

    def _from_monthly(self, values: dict[str, Any], by: GroupBy) -> list[Total]:
        """Sum per month and category, which is how the index lies, and then per one of the two.

        Asked for one of the two, the database sorts every row of ten years; so it sorts none.
        """
        found = self._connection.execute(_sums(by, tuple(values)), values).all()
        minors: dict[tuple[Any, str], int] = defaultdict(int)
        rows: dict[tuple[Any, str], int] = defaultdict(int)
        for month, category, currency, minor, number in found:
            group = (month if by is GroupBy.MONTH else category, currency)
            minors[group] += int(minor)
            rows[group] += number
        shown = month_text if by is GroupBy.MONTH else str
        return [
            Total(shown(key), "", currency, minor, rows[key, currency])
            for (key, currency), minor in minors.items()
        ]

    def rows_behind(
        self, user_id: UserId, query: EntryQuery, limit: int = 50
    ) -> tuple[EntryId, ...]:
        """Return the ids of the entries a sum is made of, newest first, at most ``limit``."""
        values = _narrowing(user_id, query)
        statement = (
            select(_A.c.entry_id, func.max(_A.c.booked_date))
            .where(*_allocation_filters(values))
            .group_by(_A.c.entry_id)
            .order_by(func.max(_A.c.booked_date).desc(), _A.c.entry_id.desc())
            .limit(limit)
        )
        if _looks_at_entry(query):
            statement = statement.join(_E, _E.c.id == _A.c.entry_id)
            statement = statement.where(*_entry_filters(query))
        return tuple(EntryId(row[0]) for row in self._connection.execute(statement, values))

    def find(self, user_id: UserId, query: EntryQuery) -> tuple[JournalEntry, ...]:
        """Return the matching entries in the books, at most ``query.limit``."""
        statement = _find(user_id, query)
        size = func.abs(_E.c.minor)
        order = (
            (size.desc(), _E.c.id.desc())
            if query.sort is SortBy.LARGEST
            else (_E.c.booked_date.desc(), _E.c.id.desc())
        )
        statement = statement.order_by(*order).limit(query.limit).offset(query.offset)
        return self._entries(self._connection.execute(statement).all())

    def count(self, user_id: UserId, query: EntryQuery) -> int:
        """Count the matching entries."""
        statement = select(func.count()).select_from(_find(user_id, query).subquery())
        return int(self._connection.execute(statement).scalar_one())

    def get(self, user_id: UserId, entry_id: EntryId) -> JournalEntry:
        """Return one entry of the user's, whatever its state; raise `EntryUnknown`."""
        found = self.some(user_id, (entry_id,))
        if not found:
            raise EntryUnknown
        return found[0]

    def some(self, user_id: UserId, ids: Iterable[EntryId]) -> tuple[JournalEntry, ...]:
        """Return entries by id in the order asked for; another user's are left out."""
        wanted = tuple(ids)
        found: list[JournalEntry] = []
        for start in range(0, len(wanted), _IDS_AT_ONCE):
            some = wanted[start : start + _IDS_AT_ONCE]
            statement = _columns().where(_E.c.user_id == user_id, _E.c.id.in_(some))
            found += self._entries(self._connection.execute(statement).all())
        place = {entry_id: step for step, entry_id in enumerate(wanted)}
        return tuple(sorted(found, key=lambda entry: place[entry.id]))

    def balance_on(self, user_id: UserId, account_id: AccountId, day: date) -> Money:
        """Return what an account held at the end of ``day``, by its posted entries.

        An opening balance was there before the first row, whatever day it was told.
        """
        currency = self._connection.execute(
            select(_P.c.currency).where(_P.c.id == account_id, _P.c.user_id == user_id)
        ).scalar_one()
        statement = select(func.coalesce(func.sum(_E.c.minor), 0)).where(
            _E.c.user_id == user_id,
            _E.c.account_id == account_id,
            _E.c.state == EntryState.POSTED.value,
            or_(_E.c.booked_date <= day, _E.c.flow == Flow.OPENING.value),
        )
        return Money(int(self._connection.execute(statement).scalar_one()), currency)

    def coverage(self, user_id: UserId, query: EntryQuery) -> Coverage:
        """Return how far the figures of a period, flow and categories reach, at any merchant."""
        values = _narrowing(user_id, query)
        missing = case((_A.c.category == UNCATEGORISED, 1), else_=0)
        statement = select(
            func.max(_A.c.booked_date), func.count(), func.coalesce(func.sum(missing), 0)
        ).where(*_allocation_filters(values))
        newest, rows, without = self._connection.execute(statement, values).one()
        return Coverage(newest, int(rows), int(without))

    def _entries(self, rows: Iterable[Row[Any]]) -> tuple[JournalEntry, ...]:
        found = [row._mapping for row in rows]  # noqa: SLF001 - SQLAlchemy's accessor
        parts = self._allocations([row["id"] for row in found])
        return tuple(_entry(row, parts[row["id"]]) for row in found)

    def _allocations(self, ids: list[int]) -> Mapping[int, tuple[Allocation, ...]]:
        parts: dict[int, tuple[Allocation, ...]] = defaultdict(tuple)
        if not ids:
            return parts
        statement = (
            select(_A).where(_A.c.entry_id.in_(ids), _A.c.replaced_at.is_(None)).order_by(_A.c.id)
        )
        for row in self._connection.execute(statement).mappings():
            parts[row["entry_id"]] += (
                Allocation(
                    category=row["category"],
                    amount=Money(row["minor"], row["currency"]),
                    source=row["source"],
                    confidence=row["confidence"],
                    locked=row["locked"],
                ),
            )
        return parts


def _in_order(sums: Iterable[Total], by: GroupBy) -> tuple[Total, ...]:
    """Order a timeline by time, anything else by size."""
    if by in _TIMELINE:
        return tuple(sorted(sums, key=lambda total: (total.key, total.currency)))
    return tuple(sorted(sums, key=lambda total: (-total.minor, total.key, total.currency)))


def _columns() -> Select[Any]:
    return select(
        _E.c.id,
        _E.c.account_id,
        _P.c.name.label("account"),
        _E.c.booked_date,
        _E.c.minor,
        _E.c.currency,
        _E.c.flow,
        _E.c.state,
        _E.c.source,
        _E.c.payee,
        _E.c.merchant_key,
        _E.c.description,
    ).join(_P, _P.c.id == _E.c.account_id)


def _find(user_id: UserId, query: EntryQuery) -> Select[Any]:
    statement = _columns().where(_E.c.user_id == user_id, _E.c.state.in_(_LIVE_STATES))
    statement = statement.where(*_entry_filters(query))
    if query.period is not None:
        statement = statement.where(
            _E.c.booked_date >= query.period.start, _E.c.booked_date < query.period.end
        )
    if query.flow is not None:
        statement = statement.where(_E.c.flow == query.flow.value)
    if query.categories is not None:
        chosen = select(_A.c.entry_id).where(
            _A.c.user_id == user_id, _A.c.live, _A.c.category.in_(sorted(query.categories))
        )
        statement = statement.where(_E.c.id.in_(chosen))
    if query.only_guessed:
        statement = statement.where(_E.c.id.in_(_guessed(user_id)))
    return statement


def _guessed(user_id: UserId) -> Select[Any]:
    """Return the entries with a part that `Allocation.is_guessed`."""
    return select(_A.c.entry_id).where(
        _A.c.user_id == user_id,
        _A.c.live,
        _A.c.source.in_(sorted(GUESSES)),
        _A.c.confidence < SURE,
        _A.c.locked.is_(False),
        _A.c.category != UNCATEGORISED,
    )


def _looks_at_entry(query: EntryQuery) -> bool:
    return bool(
        query.merchant_key is not None
        or query.account_id is not None
        or query.text
        or query.minimum is not None
        or query.maximum is not None
    )


def _entry_filters(query: EntryQuery) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if query.merchant_key is not None:
        filters.append(_E.c.merchant_key == query.merchant_key)
    if query.account_id is not None:
        filters.append(_E.c.account_id == query.account_id)
    if query.currency is not None:
        filters.append(_E.c.currency == query.currency)
    if query.minimum is not None:
        filters.append(func.abs(_E.c.minor) >= query.minimum)
    if query.maximum is not None:
        filters.append(func.abs(_E.c.minor) <= query.maximum)
    if not query.refunds:
        filters.append(_E.c.minor < 0)
    if query.text:
        pattern = f"%{_escaped(query.text.lower())}%"
        filters.append(
            or_(
                func.lower(_E.c.payee).like(pattern, escape="\\"),
                func.lower(_E.c.description).like(pattern, escape="\\"),
            )
        )
    return filters


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _narrowing(user_id: UserId, query: EntryQuery) -> dict[str, Any]:
    """Return which of `_NARROWED_BY` hold for a query, each with its value."""
    values: dict[str, Any] = {"user": user_id, "of_flow": (query.flow or Flow.SPEND).value}
    if query.period is not None:
        values |= _within(query.period)
    if query.categories is not None:
        values["categories"] = sorted(query.categories)
    if query.currency is not None:
        values["in_currency"] = query.currency
    return values


def _within(period: Period) -> dict[str, Any]:
    """Narrow to the months first, which the index is by, then to the days if they are not whole."""
    last = date.fromordinal(max(1, period.end.toordinal() - 1))
    first_month, last_month = month_number(period.start), month_number(last)
    values: dict[str, Any] = {"only_month": first_month}
    if first_month != last_month:
        values = {"first_month": first_month, "last_month": last_month}
    if period.start.day != 1:
        values["since"] = period.start
    if period.end.day != 1:
        values["before"] = period.end
    return values


def _allocation_filters(names: Iterable[str]) -> list[ColumnElement[bool]]:
    return [_A.c.live.is_(true()), *(_NARROWED_BY[name] for name in names)]


@lru_cache(maxsize=128)
def _sums(by: GroupBy, names: tuple[str, ...]) -> Select[Any]:
    """Return the sums of allocations alone; every turn asks, and making one anew takes longer."""
    groups = (_A.c.currency,) if by is GroupBy.NONE else (_A.c.month, _A.c.category, _A.c.currency)
    statement = select(*groups, func.sum(_A.c.minor), func.count())
    return statement.where(*_allocation_filters(names)).group_by(*groups)


def _group(by: GroupBy) -> tuple[ColumnElement[Any], ColumnElement[Any], bool]:
    """Return the key and label expressions, and whether the entry is needed for them."""
    nothing: ColumnElement[Any] = literal("")
    match by:
        case GroupBy.NONE:
            return nothing, nothing, False
        case GroupBy.CATEGORY:
            return _A.c.category, nothing, False
        case GroupBy.MERCHANT:
            return _E.c.merchant_key, func.max(_E.c.payee), True
        case GroupBy.ACCOUNT:
            return _E.c.account_id, _P.c.name, True
        case GroupBy.MONTH:
            return _A.c.month, nothing, False
        case GroupBy.DAY:
            return _A.c.booked_date, nothing, False


def _entry(row: Mapping[Any, Any], parts: tuple[Allocation, ...]) -> JournalEntry:
    return JournalEntry(
        id=EntryId(row["id"]),
        account_id=AccountId(row["account_id"]),
        account=row["account"],
        booked_date=row["booked_date"],
        amount=Money(row["minor"], row["currency"]),
        flow=Flow(row["flow"]),
        state=EntryState(row["state"]),
        source=Source(row["source"]),
        payee=row["payee"],
        merchant_key=row["merchant_key"],
        description=row["description"],
        allocations=parts,
    )
