"""Booking: the only writer of entries and postings, and of the balances that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, select, text, update

from core.ids import AccountId, EntryId, UserId
from core.ledger.account import LedgerClass
from core.ledger.entry import (
    ENTRY_MOVES,
    IN_THE_BOOKS,
    NOMINAL_SIDE,
    EntryAppendOnly,
    EntryNotInBooks,
    EntryState,
    EntryUnknown,
    Flow,
    NewEntry,
    NotReversible,
    Posting,
    ReversedTwice,
)
from core.money import Money
from core.period import month_number
from core.store.account_store import AccountStore
from core.store.bulk import bulk_insert, for_driver
from core.store.ledger_rows import (
    ENTRY_COLUMNS,
    LEG_COLUMNS,
    PART_COLUMNS,
    RowWriter,
    leg_rows,
    mirror_of,
    two_legs,
)
from core.store.settlement_store import SettlementStore
from core.store.tables import ledger
from core.store.user_lock import UserLock
from core.store.vault import Vault


class SettledRow(Protocol):
    """The posted row that a pending one has become."""

    @property
    def booked_date(self) -> date:
        """The day the bank booked it."""
        ...

    @property
    def external_id(self) -> str | None:
        """The bank's own id of the posted row."""
        ...

    @property
    def fingerprint(self) -> bytes | None:
        """What recognises the row when the bank gives no id."""
        ...


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """What the writer needs to know of an entry it changes."""

    id: EntryId
    account_id: AccountId
    booked_date: date
    amount: Money
    flow: Flow
    state: EntryState
    ledger_class: LedgerClass


class LedgerStore:
    """Books entries; nothing here is ever updated or deleted that moved money."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._accounts = AccountStore(connection, vault)
        self._settlements = SettlementStore(connection)
        self._lock = UserLock(connection)

    def book(self, user_id: UserId, entry: NewEntry, *, now: datetime) -> EntryId:
        """Book one entry and return its id."""
        return self.book_many(user_id, (entry,), now=now)[0]

    def book_many(
        self, user_id: UserId, entries: Sequence[NewEntry], *, now: datetime
    ) -> tuple[EntryId, ...]:
        """Book entries with their postings, allocations and balances, all or none."""
        if not entries:
            return ()
        self._lock.hold(user_id)
        self._accounts.check_currencies(
            user_id, {(entry.account_id, entry.amount.currency) for entry in entries}
        )
        nominal = self._nominal_sides(user_id, entries, now=now)
        touched = {entry.account_id for entry in entries} | set(nominal.values())
        self._accounts.lock(sorted(touched))
        ids = self.reserve(len(entries))
        made = RowWriter(user_id, nominal, write=for_driver(self._connection), now=now)
        for entry_id, entry in zip(ids, entries, strict=True):
            made.add(entry_id, entry)
        bulk_insert(self._connection, ledger.entries, ENTRY_COLUMNS, made.entries)
        bulk_insert(self._connection, ledger.postings, LEG_COLUMNS, made.legs)
        bulk_insert(self._connection, ledger.allocations, PART_COLUMNS, made.parts)
        changes = {account: (sums[0], sums[1]) for account, sums in made.totals.items()}
        self._accounts.apply(changes, as_of=now)
        return ids

    def booked(self, user_id: UserId, entry_id: EntryId) -> BookedEntry:
        """Return an entry of the user's for changing; raise `EntryUnknown`.

        From here to the end of the transaction nobody else changes this user's books.
        """
        self._lock.hold(user_id)
        table, accounts = ledger.entries, ledger.accounts
        query = (
            select(table, accounts.c.ledger_class)
            .join(accounts, accounts.c.id == table.c.account_id)
            .where(table.c.id == entry_id, table.c.user_id == user_id)
        )
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise EntryUnknown
        return BookedEntry(
            id=EntryId(row["id"]),
            account_id=AccountId(row["account_id"]),
            booked_date=row["booked_date"],
            amount=Money(row["minor"], row["currency"]),
            flow=Flow(row["flow"]),
            state=EntryState(row["state"]),
            ledger_class=LedgerClass(row["ledger_class"]),
        )

    def void(self, user_id: UserId, entry_id: EntryId, *, now: datetime) -> EntryState:
        """Take an entry out of the books; return the state it was in, for undo."""
        entry = self._changeable(user_id, entry_id)
        if entry.state not in IN_THE_BOOKS:
            raise EntryNotInBooks
        self._append(user_id, entry, -entry.amount, now=now)
        self._set_state(entry, EntryState.VOID)
        self._set_live(entry_id, live=False)
        return entry.state

    def forget(self, user_id: UserId, entry_id: EntryId, *, now: datetime) -> None:
        """Take an imported entry out as if it had never come: its file may bring it again."""
        if self._changeable(user_id, entry_id).state in IN_THE_BOOKS:
            self.void(user_id, entry_id, now=now)
        self._settlements.take(entry_id)
        self._set(entry_id, fingerprint=None, external_id=None)

    def restore(
        self, user_id: UserId, entry_id: EntryId, state: EntryState, *, now: datetime
    ) -> None:
        """Bring a voided entry back in the state it had."""
        entry = self.booked(user_id, entry_id)
        if entry.state is not EntryState.VOID:
            raise EntryNotInBooks
        self._set_state(entry, state)
        self._append(user_id, replace(entry, state=state), entry.amount, now=now)
        self._set_live(entry_id, live=True)

    def change_amount(
        self, user_id: UserId, entry_id: EntryId, amount: Money, *, now: datetime
    ) -> Money:
        """Correct an amount by booking the difference as two more legs; return the old one."""
        entry = self._changeable(user_id, entry_id)
        if entry.state not in IN_THE_BOOKS:
            raise EntryNotInBooks
        self._append(user_id, entry, amount - entry.amount, now=now)
        self._set(entry_id, minor=amount.minor)
        return entry.amount

    def change_date(self, user_id: UserId, entry_id: EntryId, day: date) -> date:
        """Move an entry to another day; return the old one."""
        entry = self._changeable(user_id, entry_id)
        self._move_day(entry_id, day)
        return entry.booked_date

    def change_payee(
        self, user_id: UserId, entry_id: EntryId, payee: str, merchant_key: str
    ) -> None:
        """Show another name for an entry; the bank's own text stays in its description."""
        self.booked(user_id, entry_id)
        self._set(entry_id, payee=payee, merchant_key=merchant_key)

    def change_account(
        self, user_id: UserId, entry_id: EntryId, account_id: AccountId, *, now: datetime
    ) -> AccountId:
        """Move an entry to another account of its currency by two more legs; return the old one."""
        entry = self._changeable(user_id, entry_id)
        if entry.state not in IN_THE_BOOKS:
            raise EntryNotInBooks
        self._accounts.lock((entry.account_id, account_id))
        legs = (Posting(entry.account_id, -entry.amount), Posting(account_id, entry.amount))
        self._append_legs(entry, legs, now)
        self._set(entry_id, account_id=account_id)
        return entry.account_id

    def change_flow(self, user_id: UserId, entry_id: EntryId, flow: Flow, *, now: datetime) -> None:
        """Move an entry's other side to the nominal account of ``flow`` by two more legs."""
        entry = self.booked(user_id, entry_id)
        if entry.flow is flow:
            return
        if {flow, entry.flow} & {Flow.EXCHANGE, Flow.INVEST}:
            raise EntryAppendOnly  # the other side of it is another currency, or securities
        if entry.state not in IN_THE_BOOKS:
            raise EntryNotInBooks
        currency = entry.amount.currency
        old = self._accounts.nominal(user_id, NOMINAL_SIDE[entry.flow], currency, now=now)
        new = self._accounts.nominal(user_id, NOMINAL_SIDE[flow], currency, now=now)
        self._accounts.lock((old, new))
        self._append_legs(entry, (Posting(old, entry.amount), Posting(new, -entry.amount)), now)
        self._set(entry_id, flow=flow.value)

    def settle(
        self,
        user_id: UserId,
        entry_id: EntryId,
        row: SettledRow,
        *,
        import_id: str | None,
        now: datetime,
    ) -> None:
        """Turn a pending entry into the posted one: same id, category and note (rule 2.2)."""
        entry = self.booked(user_id, entry_id)
        if entry.state is not EntryState.PENDING:
            raise EntryNotInBooks
        self._settlements.add(entry_id, import_id=import_id, now=now)
        self._shift(user_id, entry, EntryState.POSTED, now=now)
        self._move_day(entry_id, row.booked_date)
        self._set(
            entry_id,
            external_id=row.external_id,
            fingerprint=None if row.external_id is not None else row.fingerprint,
            import_id=import_id,
        )

    def unsettle(self, user_id: UserId, entry_id: EntryId, *, now: datetime) -> None:
        """Turn a settled entry back into the pending one it was; its import is being undone."""
        entry = self.booked(user_id, entry_id)
        was = self._settlements.take(entry_id)
        if was is None:
            raise EntryNotInBooks
        if entry.state in IN_THE_BOOKS:
            self._shift(user_id, entry, EntryState.PENDING, now=now)
        self._move_day(entry_id, was.booked_date)
        self._set(
            entry_id,
            external_id=was.external_id,
            fingerprint=was.fingerprint,
            import_id=was.import_id,
        )

    def reverse(self, user_id: UserId, entry_id: EntryId, *, now: datetime) -> EntryId:
        """Book the mirror image of an entry we are the record of; a second time is refused."""
        entry = self.booked(user_id, entry_id)
        if entry.ledger_class is not LedgerClass.AUTHORITATIVE:
            raise NotReversible
        table, parts = ledger.entries, ledger.allocations
        taken = select(table.c.id).where(table.c.reverses_id == entry_id)
        if self._connection.execute(taken).scalar() is not None:
            raise ReversedTwice
        row = self._connection.execute(select(table).where(table.c.id == entry_id)).mappings().one()
        live = select(parts).where(parts.c.entry_id == entry_id, parts.c.live).order_by(parts.c.id)
        mirror = mirror_of(row, self._connection.execute(live).mappings().all())
        mirror_id = self.book(user_id, mirror, now=now)
        self._set(mirror_id, reverses_id=entry_id)
        return mirror_id

    # ------------------------------------------------------------------ private

    def _nominal_sides(
        self, user_id: UserId, entries: Sequence[NewEntry], *, now: datetime
    ) -> dict[tuple[str, str], AccountId]:
        wanted = {(str(entry.flow), entry.amount.currency) for entry in entries}
        return {
            (flow, currency): self._accounts.nominal(
                user_id, NOMINAL_SIDE[Flow(flow)], currency, now=now
            )
            for flow, currency in sorted(wanted)
        }

    def reserve(self, number: int) -> tuple[EntryId, ...]:
        """Reserve entry ids: a sequence on PostgreSQL, the locked maximum on SQLite."""
        if self._connection.dialect.name == "postgresql":
            rows = self._connection.execute(
                text("SELECT nextval('journal_entries_id_seq') FROM generate_series(1, :n)"),
                {"n": number},
            )
            return tuple(EntryId(row[0]) for row in rows)
        last = self._connection.execute(select(func.max(ledger.entries.c.id))).scalar() or 0
        return tuple(EntryId(last + step) for step in range(1, number + 1))

    def _append(
        self, user_id: UserId, entry: BookedEntry, difference: Money, *, now: datetime
    ) -> None:
        """Book ``difference`` on an entry as two more legs."""
        nominal = self._accounts.nominal(
            user_id, NOMINAL_SIDE[entry.flow], difference.currency, now=now
        )
        self._accounts.lock((entry.account_id, nominal))
        self._append_legs(entry, two_legs(entry.account_id, nominal, difference), now)

    def _append_legs(self, entry: BookedEntry, postings: Sequence[Posting], now: datetime) -> None:
        legs = select(func.count()).where(ledger.postings.c.entry_id == entry.id)
        start = self._connection.execute(legs).scalar_one()
        self._connection.execute(insert(ledger.postings), leg_rows(entry.id, start, postings))
        pending = entry.state is EntryState.PENDING
        changes = {
            posting.account_id: (0, posting.money.minor) if pending else (posting.money.minor, 0)
            for posting in postings
        }
        self._accounts.apply(changes, as_of=now)

    def _changeable(self, user_id: UserId, entry_id: EntryId) -> BookedEntry:
        """Return an entry whose amount and day may change; ours are only ever reversed."""
        entry = self.booked(user_id, entry_id)
        if entry.ledger_class is LedgerClass.AUTHORITATIVE:
            raise EntryAppendOnly
        return entry

    def _shift(
        self, user_id: UserId, entry: BookedEntry, state: EntryState, *, now: datetime
    ) -> None:
        """Move an entry's sums between pending and posted in the balances; no posting changes."""
        if entry.state is state:
            return
        nominal = self._accounts.nominal(
            user_id, NOMINAL_SIDE[entry.flow], entry.amount.currency, now=now
        )
        self._accounts.lock((entry.account_id, nominal))
        minor = entry.amount.minor if state is EntryState.POSTED else -entry.amount.minor
        changes = {entry.account_id: (minor, -minor), nominal: (-minor, minor)}
        self._accounts.apply(changes, as_of=now)
        self._set_state(entry, state)

    def _move_day(self, entry_id: EntryId, day: date) -> None:
        """Put an entry and all its allocations, past ones too, on another day."""
        self._set(entry_id, booked_date=day)
        table = ledger.allocations
        self._connection.execute(
            update(table)
            .where(table.c.entry_id == entry_id)
            .values(booked_date=day, month=month_number(day))
        )

    def _set_state(self, entry: BookedEntry, state: EntryState) -> None:
        if state is entry.state:
            return
        if state not in ENTRY_MOVES[entry.state]:
            raise EntryNotInBooks
        self._set(entry.id, state=state.value)

    def _set_live(self, entry_id: EntryId, *, live: bool) -> None:
        table = ledger.allocations
        self._connection.execute(
            update(table)
            .where(table.c.entry_id == entry_id, table.c.replaced_at.is_(None))
            .values(live=live)
        )

    def _set(self, entry_id: EntryId, **values: Any) -> None:
        table = ledger.entries
        self._connection.execute(update(table).where(table.c.id == entry_id).values(**values))
