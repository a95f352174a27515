"""Rows of a bank that are in the books already, from an earlier connection or from a file.

A service gives its rows new references with every connection. Who ends one and connects the same
bank again, or had sent its statements as files before, must not find everything twice: a row of
the same account, day and amount as an entry from before the connection is that entry. Each entry
is one row at most, so what was twice the same stays twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import Connection as Transaction
from sqlalchemy import insert, select

from core.banks.connection import Connection, ConnectionState
from core.banks.feed import FeedAccount, FeedRow
from core.ids import AccountId, EntryId, UserId
from core.ledger.account import Account, LedgerClass
from core.ledger.entry import EntryState, Flow, Source
from core.store.tables import bank as tables
from core.store.tables import ledger

_T, _A, _ROWS, _E = tables.connections, tables.bank_accounts, tables.rows, ledger.entries
_FROM_A_BANK = (Source.BANK.value, Source.IMPORT.value)
# A deleted row is one too: it stays deleted.
_MAY_BE = (EntryState.POSTED.value, EntryState.PENDING.value, EntryState.VOID.value)
# So long a payment may stay pending.
_PENDS = timedelta(days=10)


class _Before(NamedTuple):
    """An entry from before the connection."""

    id: int
    day: date
    minor: int
    state: str
    reference: str | None
    description: str


class BankRowStore:
    """Finds accounts and rows of a bank again; works inside the caller's transaction."""

    def __init__(self, connection: Transaction) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def account(
        self, user_id: UserId, bank: str, told: FeedAccount, own: Collection[Account]
    ) -> Account | None:
        """Return which of the user's ``own`` accounts one of the bank's is, if it is sure.

        It has the same kind, currency and last digits, no other bank's name, and no connection
        that is still read brings its rows.
        """
        fed = self._fed(user_id)
        fitting = [
            one
            for one in own
            if one.ledger_class is LedgerClass.OBSERVED
            and int(one.id) not in fed
            and (one.kind, one.currency) == (told.kind, told.currency)
            and told.last4
            and one.last4 == told.last4
            and one.institution in ("", bank)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def entry(self, account_id: AccountId, reference: str) -> EntryId | None:
        """Return the entry from elsewhere that a row is."""
        query = select(_ROWS.c.entry_id).where(
            _ROWS.c.account_id == account_id, _ROWS.c.reference == reference
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else EntryId(found)

    def met(
        self, link: Connection, account_id: AccountId, rows: Sequence[FeedRow]
    ) -> list[FeedRow]:
        """Keep which rows are entries from before the connection; return those that are not.

        A row that was pending before settles that entry: it is returned with its old reference.
        """
        before = self._before(link, account_id, rows)
        if not before:
            return list(rows)
        left = []
        for row in rows:
            entry = _taken(before, row)
            if entry is None:
                left.append(row)
            elif entry.state == EntryState.PENDING.value and not row.pending:
                left.append(replace(row, settles=entry.reference or row.settles))
            else:
                self._keep(link, account_id, row.reference, entry.id)
        return left

    def _fed(self, user_id: UserId) -> frozenset[int]:
        query = (
            select(_A.c.account_id)
            .join(_T, _T.c.id == _A.c.connection_id)
            .where(_A.c.user_id == user_id, _T.c.state != ConnectionState.CLOSED.value)
        )
        return frozenset(self._connection.execute(query).scalars())

    def _before(
        self, link: Connection, account_id: AccountId, rows: Sequence[FeedRow]
    ) -> list[_Before]:
        """Return entries of the rows' days that came before the connection and are no row yet."""
        if not rows:
            return []
        days = [row.booked_date for row in rows]
        met = select(_ROWS.c.entry_id).where(_ROWS.c.connection_id == link.id)
        query = select(
            _E.c.id, _E.c.booked_date, _E.c.minor, _E.c.state, _E.c.external_id, _E.c.description
        ).where(
            _E.c.user_id == link.user_id,
            _E.c.account_id == account_id,
            _E.c.source.in_(_FROM_A_BANK),
            _E.c.state.in_(_MAY_BE),
            # A file's pending row is settled by the next file.
            (_E.c.state != EntryState.PENDING.value) | (_E.c.source == Source.BANK.value),
            _E.c.flow != Flow.OPENING.value,
            _E.c.booked_date >= min(days) - _PENDS,
            _E.c.booked_date <= max(days),
            _E.c.created_at < self._made_at(link),
            _E.c.id.not_in(met),
        )
        told = {row.reference for row in rows}
        found = [_Before(*row) for row in self._connection.execute(query.order_by(_E.c.id))]
        return [one for one in found if one.reference not in told]

    def _made_at(self, link: Connection) -> datetime:
        query = select(_T.c.created_at).where(_T.c.id == link.id)
        made: datetime = self._connection.execute(query).scalar_one()
        return made

    def _keep(self, link: Connection, account_id: AccountId, reference: str, entry_id: int) -> None:
        self._connection.execute(
            insert(_ROWS).values(
                account_id=account_id,
                reference=reference[:120],
                user_id=link.user_id,
                connection_id=link.id,
                entry_id=entry_id,
            )
        )


def _taken(before: list[_Before], row: FeedRow) -> _Before | None:
    """Take the entry that a row is: of several of its day and amount, the one most like it."""
    fitting = [one for one in before if _fits(one, row)]
    if not fitting:
        return None
    best = max(fitting, key=lambda one: (fuzz.ratio(one.description, row.description), -one.id))
    before.remove(best)
    return best


def _fits(one: _Before, row: FeedRow) -> bool:
    if one.minor != row.amount.minor:
        return False
    if one.state == EntryState.PENDING.value and not row.pending:
        return one.day <= row.booked_date <= one.day + _PENDS and one.reference is not None
    return one.day == row.booked_date
