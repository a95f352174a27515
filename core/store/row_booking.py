"""Booking a bank's rows: known ones once, each with its merchant and category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    delete,
    insert,
    literal,
    or_,
    select,
)

from core.categories.cover import flow_of
from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import Allocation, EntryState, Flow, NewEntry, Source, counted
from core.ledger.pairing import Leg, pair
from core.money import Money
from core.payees.cases import Payment
from core.payees.categorise import Categoriser
from core.payees.guess import UNCATEGORISED, TeachableModel
from core.statements.collecting import collecting_later
from core.store.decision_store import DecisionStore
from core.store.known_rows import KnownRows
from core.store.ledger_store import LedgerStore
from core.store.opening_store import OpeningStore
from core.store.tables import ledger
from core.store.user_lock import UserLock
from core.store.vault import Vault

_E = ledger.entries
# So many rows are made ready at once: a large file must not be in memory four times over.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a bank: ``payee`` is the other party when the bank names it apart."""

    booked_date: date
    amount: Money
    description: str
    payee: str = ""
    external_id: str | None = None
    fingerprint: bytes | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a batch of rows."""

    new: int
    known: int
    settled: int
    uncategorised: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """New rows of one account that came together."""

    account_id: AccountId
    rows: Sequence[Row]
    source: Source
    import_id: str | None


class RowBooking:
    """Books rows of observed accounts."""

    def __init__(
        self, connection: Connection, vault: Vault, model: TeachableModel | None = None
    ) -> None:
        """Work inside the caller's transaction; ``model`` guesses at unknown merchants."""
        self._connection = connection
        self._lock = UserLock(connection)
        self._known = KnownRows(connection)
        self._ledger = LedgerStore(connection, vault)
        self._openings = OpeningStore(connection, vault)
        self._decisions = DecisionStore(connection, vault, model)

    def book(
        self,
        user_id: UserId,
        account_id: AccountId,
        rows: Sequence[Row],
        *,
        source: Source,
        now: datetime,
        import_id: str | None = None,
    ) -> Booked:
        """Book the rows that are not known yet; a pending one that settled keeps its entry."""
        self._lock.hold(user_id)
        fresh = self._fresh(account_id, rows)
        settled, left = self._settle(user_id, account_id, fresh, import_id, now)
        new = _Batch(account_id, left, source, import_id)
        booked = self._book_new(user_id, new, now)
        return replace(booked, known=len(rows) - len(fresh), settled=settled)

    def book_linked(
        self,
        user_id: UserId,
        account_id: AccountId,
        rows: Sequence[Row],
        *,
        source: Source,
        now: datetime,
        import_id: str | None = None,
    ) -> Booked:
        """Book the rows that are not known yet, and let none take over a pending entry.

        For a source that says itself which pending row a posted one was.
        """
        self._lock.hold(user_id)
        fresh = self._fresh(account_id, rows)
        booked = self._book_new(user_id, _Batch(account_id, fresh, source, import_id), now)
        return replace(booked, known=len(rows) - len(fresh))

    def read_again(self, user_id: UserId, account_id: AccountId, row: Row) -> NewEntry:
        """Return the entry that a row would be booked as now, its category guessed anew."""
        categoriser = Categoriser(self._decisions.knowledge(user_id))
        return _new_entry(_Batch(account_id, (row,), Source.BANK, None), row, categoriser)

    def _book_new(self, user_id: UserId, batch: _Batch, now: datetime) -> Booked:
        categoriser = Categoriser(self._decisions.knowledge(user_id))
        without = 0
        with collecting_later():
            for start in range(0, len(batch.rows), _AT_ONCE):
                entries = [
                    _new_entry(batch, row, categoriser)
                    for row in batch.rows[start : start + _AT_ONCE]
                ]
                self._ledger.book_many(user_id, entries, now=now)
                without += sum(entry.allocations[0].category == UNCATEGORISED for entry in entries)
        self._make_room(user_id, batch.account_id, batch.rows, now)
        return Booked(new=len(batch.rows), known=0, settled=0, uncategorised=without)

    def _make_room(
        self, user_id: UserId, account_id: AccountId, rows: Sequence[Row], now: datetime
    ) -> None:
        posted = ((row.booked_date, row.amount) for row in rows if not row.pending)
        self._openings.make_room(user_id, account_id, posted, now=now)

    def pair_transfers(self, user_id: UserId, *, now: datetime) -> int:
        """Link the two sides of own transfers that match uniquely; return how many pairs."""
        self._lock.hold(user_id)
        links = ledger.transfers
        pairs = pair(self._open_moves(user_id), self._rejected())
        for out, into in pairs:
            # A link that lost its other side stays for an undo, until another side is found.
            self._connection.execute(
                delete(links).where(or_(links.c.out_entry_id == out, links.c.in_entry_id == into))
            )
            self._connection.execute(
                insert(ledger.transfers).values(
                    out_entry_id=out,
                    in_entry_id=into,
                    user_id=user_id,
                    linked_by="matcher",
                    created_at=now,
                )
            )
        return len(pairs)

    def _fresh(self, account_id: AccountId, rows: Sequence[Row]) -> list[Row]:
        """Leave out what is known: by the bank's id if it gives one, else by what the row says."""
        prints, ids = self._known.among(
            account_id,
            {row.fingerprint for row in rows if row.fingerprint},
            {row.external_id for row in rows if row.external_id},
        )
        fresh = []
        for row in rows:
            if row.external_id is not None:
                if row.external_id in ids:
                    continue
                ids.add(row.external_id)
            elif row.fingerprint is not None:
                if row.fingerprint in prints:
                    continue
                prints.add(row.fingerprint)
            fresh.append(row)
        return fresh

    def _settle(
        self,
        user_id: UserId,
        account_id: AccountId,
        rows: Sequence[Row],
        import_id: str | None,
        now: datetime,
    ) -> tuple[int, list[Row]]:
        """Let posted rows take over pending entries: same amount, and only one can be meant."""
        query = select(_E.c.id, _E.c.minor, _E.c.booked_date).where(
            _E.c.account_id == account_id, _E.c.state == _inline(EntryState.PENDING)
        )
        waiting = [tuple(row) for row in self._connection.execute(query)]
        if not waiting:
            return 0, list(rows)
        left, settled = [], 0
        for row in rows:
            candidates = [
                item
                for item in waiting
                if item[1] == row.amount.minor and item[2] <= row.booked_date
            ]
            if row.pending or len(candidates) != 1:
                left.append(row)
                continue
            waiting.remove(candidates[0])
            self._ledger.settle(
                user_id, EntryId(candidates[0][0]), row, import_id=import_id, now=now
            )
            settled += 1
        return settled, left

    def _open_moves(self, user_id: UserId) -> list[Leg]:
        """Return moves between own accounts that are not linked to another one in the books."""
        out, into, links = _E.alias("out"), _E.alias("into"), ledger.transfers
        both = (
            select(links.c.out_entry_id, links.c.in_entry_id)
            .join(out, out.c.id == links.c.out_entry_id)
            .join(into, into.c.id == links.c.in_entry_id)
            .where(links.c.user_id == user_id, *_is_open_move(out), *_is_open_move(into))
            .subquery()
        )
        query = select(_E.c.id, _E.c.account_id, _E.c.booked_date, _E.c.minor, _E.c.currency).where(
            _E.c.user_id == user_id,
            *_is_open_move(_E),
            _E.c.id.not_in(select(both.c.out_entry_id)),
            _E.c.id.not_in(select(both.c.in_entry_id)),
        )
        return [Leg(*row) for row in self._connection.execute(query)]

    def _rejected(self) -> frozenset[tuple[int, int]]:
        table = ledger.rejected_pairs
        rows = self._connection.execute(select(table.c.out_entry_id, table.c.in_entry_id))
        return frozenset((row[0], row[1]) for row in rows)


def _inline(value: StrEnum) -> ColumnElement[str]:
    """Write a value into the statement itself: only so is ix_entries_account_few of use."""
    return literal(value.value, literal_execute=True)


def _is_open_move(entries: FromClause) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an entry is in the books as a move between own accounts."""
    live = (EntryState.POSTED.value, EntryState.PENDING.value)
    return (entries.c.flow == Flow.MOVE.value, entries.c.state.in_(live))


def _new_entry(batch: _Batch, row: Row, categoriser: Categoriser) -> NewEntry:
    inflow = row.amount.minor > 0

    def payment() -> Payment:
        return Payment(inflow, abs(row.amount.minor), row.amount.currency, batch.account_id)

    read = categoriser.recognise(row.description, inflow=inflow, stated=row.payee, payment=payment)
    flow = entry_flow(read.guess.category, inflow=inflow)
    return NewEntry(
        account_id=batch.account_id,
        booked_date=row.booked_date,
        amount=row.amount,
        flow=flow,
        allocations=(
            Allocation(
                read.guess.category,
                counted(flow, row.amount),
                str(read.guess.source),
                read.guess.confidence,
            ),
        ),
        payee=read.payee.name[:80] or row.description[:80],
        merchant_key=read.payee.key[:80],
        description=row.description,
        state=EntryState.PENDING if row.pending else EntryState.POSTED,
        source=batch.source,
        external_id=row.external_id,
        fingerprint=None if row.external_id is not None else row.fingerprint,
        import_id=batch.import_id,
    )


def entry_flow(category: str, *, inflow: bool) -> Flow:
    """Return what an entry does: its category decides, and then the direction of the money.

    Money in without a category is income; money in under a spending category is a refund; money
    out is never income.
    """
    if category == UNCATEGORISED:
        return Flow.INCOME if inflow else Flow.SPEND
    flow = flow_of(category)
    return Flow.SPEND if flow is Flow.INCOME and not inflow else flow
