"""Booking what a connected bank tells: rows that are new, have changed or were taken back.

A row is known by the bank's own reference. What the user did with it stays: a pending row keeps
its entry when it is posted, a deleted one stays deleted, a category that he chose is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection as Transaction
from sqlalchemy import select

from core.banks.connection import Connection, Reading
from core.banks.feed import FeedAccount, FeedRow
from core.ids import AccountId, EntryId, Ids, UserId
from core.ledger.account import Account
from core.ledger.entry import IN_THE_BOOKS, EntryState, Source, counted
from core.payees.guess import TeachableModel
from core.store.account_store import AccountStore
from core.store.bank_row_store import BankRowStore
from core.store.bank_store import BankStore
from core.store.category_store import CategoryStore
from core.store.entry_queries import EntryQueries
from core.store.import_store import ImportStore
from core.store.ledger_store import LedgerStore
from core.store.look_alike_store import LookAlikeStore
from core.store.opening_store import OpeningStore
from core.store.row_booking import Row, RowBooking
from core.store.tables import ledger
from core.store.vault import Vault

_E = ledger.entries
_LIVE = tuple(state.value for state in IN_THE_BOOKS)
_FORMAT = "bank"


@dataclass(frozen=True, slots=True)
class Told:
    """All that one reading brought, page after page; ``accounts`` as they stand now."""

    bank: str
    accounts: Sequence[FeedAccount]
    added: Sequence[FeedRow]
    changed: Sequence[FeedRow]
    removed: Sequence[str]


class FeedBooking:
    """Works inside the transaction that also keeps how far the bank was read."""

    def __init__(
        self, connection: Transaction, vault: Vault, model: TeachableModel | None = None
    ) -> None:
        """Work inside the caller's transaction; ``model`` guesses at unknown merchants."""
        self._connection = connection
        self._accounts = AccountStore(connection, vault)
        self._banks = BankStore(connection, vault)
        self._bank_rows = BankRowStore(connection)
        self._categories = CategoryStore(connection, vault)
        self._doubles = LookAlikeStore(connection)
        self._entries = EntryQueries(connection, vault)
        self._imports = ImportStore(connection, vault)
        self._ledger = LedgerStore(connection, vault)
        self._openings = OpeningStore(connection, vault)
        self._rows = RowBooking(connection, vault, model)

    def book(self, link: Connection, told: Told, *, now: datetime, ids: Ids) -> Reading:
        """Book a reading; the same one again changes nothing."""
        opened = self._open_accounts(link, told, now)
        import_id = self._import(link, told, now, ids) if told.added else link.id
        known = self._banks.known(link.id)
        changed = sum(
            self._change(link.user_id, known[row.account], row, now)
            for row in told.changed
            if row.account in known
        )
        new = 0
        added = _by_account(known, told.added)
        for account_id, rows in added.items():
            fresh = self._bank_rows.met(link, account_id, rows)
            linked = self._linked(account_id, fresh, told.removed)
            some, settled = self._book(link.user_id, account_id, linked, import_id, now)
            new, changed = new + some, changed + settled
        mine = tuple(known.values())
        removed = sum(self._remove(link.user_id, mine, gone, now) for gone in told.removed)
        self._imports.count(import_id, rows=len(told.added), new_rows=new)
        for account in told.accounts:
            self._tie(link.user_id, known[account.reference], account, (told, import_id), now)
        if new:
            self._rows.pair_transfers(link.user_id, now=now)
            for account_id in added:
                self._doubles.suggest(link.user_id, account_id, import_id, now=now)
        return Reading(new=new, changed=changed, removed=removed, accounts=opened)

    def _import(self, link: Connection, told: Told, now: datetime, ids: Ids) -> str:
        """Keep a reading as what it is: rows that came together."""
        return self._imports.add(
            link.user_id,
            file_hash=ids.new("reading"),
            file_format=_FORMAT,
            file_name=told.bank,
            now=now,
            ids=ids,
        )

    def _open_accounts(self, link: Connection, told: Told, now: datetime) -> int:
        opened, known = 0, self._banks.known(link.id)
        for account in told.accounts:
            if account.reference in known:
                continue
            own = self._accounts.all_of(link.user_id)
            found = self._bank_rows.account(link.user_id, told.bank[:80], account, own)
            if found is not None:
                self._banks.know(link.user_id, link.id, account.reference, found.id)
                continue
            taken = {one.name: one for one in own}
            made = self._accounts.open(
                link.user_id,
                name=_free_name(account, told.bank, taken),
                kind=account.kind,
                currency=account.currency,
                institution=told.bank[:80],
                last4=account.last4,
                now=now,
            )
            self._banks.know(link.user_id, link.id, account.reference, made.id)
            opened += 1
        return opened

    def _book(
        self,
        user_id: UserId,
        account_id: AccountId,
        rows: Sequence[FeedRow],
        import_id: str,
        now: datetime,
    ) -> tuple[int, int]:
        """Book new rows; return how many are new, and how many settled a pending one."""
        settled, left = 0, []
        for row in sorted(rows, key=lambda one: one.booked_date):
            waiting = row.settles and self._entry(account_id, row.settles, EntryState.PENDING)
            if waiting and self._entry(account_id, row.reference) is None:
                self._settle(user_id, waiting, row, import_id, now)
                settled += 1
            else:
                left.append(_as_row(row))
        booked = self._rows.book_linked(
            user_id, account_id, left, source=Source.BANK, now=now, import_id=import_id
        )
        return booked.new, settled

    def _linked(
        self, account_id: AccountId, rows: Sequence[FeedRow], removed: Sequence[str]
    ) -> list[FeedRow]:
        """Link posted rows to pending ones where the bank took those back and did not say why.

        Only with one of the same amount that went in the same reading, and not after it: what
        is still pending at the bank may be another payment of that amount.
        """
        told = {row.settles for row in rows}
        query = select(_E.c.external_id, _E.c.minor, _E.c.booked_date).where(
            _E.c.account_id == account_id,
            _E.c.source == Source.BANK.value,
            _E.c.state == EntryState.PENDING.value,
            _E.c.external_id.in_([one for one in removed if one not in told]),
        )
        gone = [tuple(row) for row in self._connection.execute(query)]
        linked = []
        for row in rows:
            fitting = [
                one for one in gone if one[1] == row.amount.minor and one[2] <= row.booked_date
            ]
            if row.pending or row.settles or len(fitting) != 1:
                linked.append(row)
                continue
            gone.remove(fitting[0])
            linked.append(replace(row, settles=fitting[0][0]))
        return linked

    def _settle(
        self, user_id: UserId, entry_id: EntryId, row: FeedRow, import_id: str, now: datetime
    ) -> None:
        """Let a posted row take over the entry it was pending as, a tip added or not."""
        self._amend(user_id, entry_id, row, now)
        self._ledger.settle(user_id, entry_id, _as_row(row), import_id=import_id, now=now)

    def _change(self, user_id: UserId, account_id: AccountId, row: FeedRow, now: datetime) -> bool:
        """Put right what the bank put right: amount, day, and that it is posted now."""
        entry_id = self._entry(account_id, row.reference)
        if entry_id is None:
            return False
        changed = self._amend(user_id, entry_id, row, now)
        entry = self._entries.get(user_id, entry_id)
        if entry.state is EntryState.PENDING and not row.pending:
            self._ledger.settle(user_id, entry_id, _as_row(row), import_id=None, now=now)
            changed = True
        if entry.booked_date != row.booked_date:
            self._ledger.change_date(user_id, entry_id, row.booked_date)
            changed = True
        return changed

    def _amend(self, user_id: UserId, entry_id: EntryId, row: FeedRow, now: datetime) -> bool:
        """Put an amount right; what was a guess is guessed again, what the user said stays."""
        entry = self._entries.get(user_id, entry_id)
        if entry.amount == row.amount:
            return False
        self._ledger.change_amount(user_id, entry_id, row.amount, now=now)
        parts = entry.spread(counted(entry.flow, row.amount))
        if not any(part.locked for part in parts):
            anew = self._rows.read_again(user_id, entry.account_id, _as_row(row))
            self._ledger.change_flow(user_id, entry_id, anew.flow, now=now)
            parts = anew.allocations
        self._categories.allocate(user_id, entry_id, parts, now=now)
        return True

    def _remove(
        self, user_id: UserId, accounts: Sequence[AccountId], reference: str, now: datetime
    ) -> bool:
        """Take out a row that the bank took back; it may send it again one day."""
        for account_id in accounts:
            entry_id = self._entry(account_id, reference)
            if entry_id is not None:
                self._ledger.forget(user_id, entry_id, now=now)
                return True
        return False

    def _entry(
        self, account_id: AccountId, reference: str, state: EntryState | None = None
    ) -> EntryId | None:
        """Return the entry in the books that is known by a reference now."""
        states = _LIVE if state is None else (state.value,)
        query = select(_E.c.id).where(
            _E.c.account_id == account_id,
            _E.c.source == Source.BANK.value,
            _E.c.external_id == reference,
            _E.c.state.in_(states),
        )
        found = self._connection.execute(query).scalar()
        if found is None and state is None:
            return self._bank_rows.entry(account_id, reference)
        return EntryId(found) if found is not None else None

    def _tie(
        self,
        user_id: UserId,
        account_id: AccountId,
        account: FeedAccount,
        read: tuple[Told, str],
        now: datetime,
    ) -> None:
        """Make the first reading of an account agree with its balance; later ones are compared."""
        told, import_id = read
        if account.balance is None:
            return
        today = now.date()
        days = [row.booked_date for row in told.added if row.account == account.reference]
        first, last = min(days, default=today), max([*days, today])
        gap = account.balance - self._entries.balance_on(user_id, account_id, last)
        needed = self._openings.is_needed(account_id, first=first, import_id=import_id)
        self._accounts.assert_closing(account_id, last, account.balance, source=import_id)
        if gap and needed:
            self._openings.begin_with(user_id, account_id, gap, first, import_id, now=now)


def _by_account(
    known: Mapping[str, AccountId], rows: Iterable[FeedRow]
) -> dict[AccountId, list[FeedRow]]:
    """Sort rows by account; those of an account that the bank does not list are left out."""
    found: dict[AccountId, list[FeedRow]] = defaultdict(list)
    for row in rows:
        if row.account in known:
            found[known[row.account]].append(row)
    return found


def _free_name(account: FeedAccount, bank: str, taken: dict[str, Account]) -> str:
    base = account.name or f"{bank} {account.kind.value}"
    for name in (base, f"{bank} {base}", f"{base} {account.last4}".strip()):
        if name[:80] not in taken:
            return name[:80]
    return f"{base[:60]} {len(taken) + 1}"


def _as_row(row: FeedRow) -> Row:
    return Row(
        booked_date=row.booked_date,
        amount=row.amount,
        description=row.description[:500],
        payee=row.payee[:80],
        external_id=row.reference[:120],
        pending=row.pending,
    )
