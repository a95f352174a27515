"""Accounts and their balances: a projection that changes together with the postings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import (
    Connection,
    RowMapping,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.ledger.account import Account, AccountKind, Balance, LedgerClass
from core.ledger.entry import AccountCurrencyDiffers, EntryState
from core.ledger.hold import FundsMissing, HoldState
from core.money import Money
from core.store.tables import ledger
from core.store.user_lock import UserLock
from core.store.vault import Vault

# What every booking needs is written out once; making it anew takes longer than running it.
_NOMINAL = select(ledger.accounts.c.id).where(
    ledger.accounts.c.user_id == bindparam("owner"),
    ledger.accounts.c.kind == bindparam("wanted_kind"),
    ledger.accounts.c.currency == bindparam("wanted_currency"),
    ledger.accounts.c.ledger_class == LedgerClass.NOMINAL.value,
)
_OWN = (
    select(ledger.accounts)
    .where(
        ledger.accounts.c.user_id == bindparam("owner"),
        ledger.accounts.c.ledger_class != LedgerClass.NOMINAL.value,
        ledger.accounts.c.active,
    )
    .order_by(ledger.accounts.c.id)
)
_BALANCES = _OWN.join(
    ledger.balances, ledger.balances.c.account_id == ledger.accounts.c.id
).add_columns(
    ledger.balances.c.posted_minor,
    ledger.balances.c.pending_minor,
    ledger.balances.c.held_minor,
    ledger.balances.c.as_of,
)
_APPLY = (
    update(ledger.balances)
    .where(ledger.balances.c.account_id == bindparam("account"))
    .values(
        posted_minor=ledger.balances.c.posted_minor + bindparam("posted"),
        pending_minor=ledger.balances.c.pending_minor + bindparam("pending"),
        version=ledger.balances.c.version + 1,
        as_of=bindparam("now"),
    )
)


class AccountUnknown(FinanceError):
    """There is no such account, or it is not this user's."""

    code = "account.unknown"


class AccountExists(FinanceError):
    """The user already has an account of this name."""

    code = "account.exists"


class AccountStore:
    """Opens accounts and reads balances."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self._lock = UserLock(connection)

    def open(
        self,
        user_id: UserId,
        *,
        name: str,
        kind: AccountKind,
        currency: str,
        now: datetime,
        ledger_class: LedgerClass = LedgerClass.OBSERVED,
        institution: str = "",
        number: str = "",
        last4: str = "",
    ) -> Account:
        """Open an account with a zero balance; its number is kept sealed.

        ``last4`` is for a bank that tells no more of the number.
        """
        last4 = number[-4:] or last4[-4:]
        values = {
            "user_id": user_id,
            "name": name,
            "kind": kind.value,
            "ledger_class": ledger_class.value,
            "currency": currency,
            "institution": institution,
            "number_index": self._vault.index("accounts.number", number) if number else None,
            "last4": last4,
            "active": True,
            "created_at": now,
        }
        result = self._connection.execute(insert(ledger.accounts).values(values))
        account_id = AccountId(int(result.inserted_primary_key[0]))  # type: ignore[index]
        if number:
            place = ("accounts", "number", str(account_id))
            sealed = self._vault.close(user_id, place, number)
            self._connection.execute(
                update(ledger.accounts)
                .where(ledger.accounts.c.id == account_id)
                .values(number=sealed)
            )
        self._connection.execute(
            insert(ledger.balances).values(
                account_id=account_id, posted_minor=0, pending_minor=0, version=0
            )
        )
        return Account(account_id, user_id, name, kind, ledger_class, currency, institution, last4)

    def nominal(
        self, user_id: UserId, kind: AccountKind, currency: str, *, now: datetime
    ) -> AccountId:
        """Return the user's nominal account of ``kind`` in ``currency``, opening it if new."""
        wanted = {"owner": user_id, "wanted_kind": kind.value, "wanted_currency": currency}
        found = self._connection.execute(_NOMINAL, wanted).scalar()
        if found is None:
            # Somebody may be opening it at this moment: there shall be one.
            self._lock.hold(user_id)
            found = self._connection.execute(_NOMINAL, wanted).scalar()
        if found is not None:
            return AccountId(found)
        opened = self.open(
            user_id,
            name=kind.value,
            kind=kind,
            currency=currency,
            now=now,
            ledger_class=LedgerClass.NOMINAL,
        )
        return opened.id

    def of(self, user_id: UserId) -> tuple[Account, ...]:
        """Return the user's own active accounts, oldest first."""
        rows = self._connection.execute(_OWN, {"owner": user_id}).mappings()
        return tuple(_account(row) for row in rows)

    def all_of(self, user_id: UserId) -> tuple[Account, ...]:
        """Return all of the user's own accounts, those put away included."""
        table = ledger.accounts
        query = select(table).where(
            table.c.user_id == user_id, table.c.ledger_class != LedgerClass.NOMINAL.value
        )
        rows = self._connection.execute(query.order_by(table.c.id)).mappings()
        return tuple(_account(row) for row in rows)

    def rows_key(self, account_id: AccountId) -> str:
        """Return the name by which the fingerprints of an account's rows were made.

        It is the account's id where it was opened: books that moved know their rows again.
        """
        table = ledger.accounts
        query = select(table.c.rows_key).where(table.c.id == account_id)
        return self._connection.execute(query).scalar() or str(account_id)

    def get(self, user_id: UserId, account_id: AccountId) -> Account:
        """Return one account of the user's; raise `AccountUnknown`."""
        table = ledger.accounts
        query = select(table).where(table.c.id == account_id, table.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise AccountUnknown
        return _account(row)

    def by_number(self, user_id: UserId, number: str, currency: str) -> Account | None:
        """Find an account by its full number through the blind index."""
        table = ledger.accounts
        query = select(table).where(
            table.c.user_id == user_id,
            table.c.currency == currency,
            table.c.number_index == self._vault.index("accounts.number", number),
        )
        row = self._connection.execute(query).mappings().first()
        return _account(row) if row is not None else None

    def set_active(self, user_id: UserId, account_id: AccountId, *, active: bool) -> None:
        """Show or hide an account; its entries stay."""
        self._connection.execute(
            update(ledger.accounts)
            .where(ledger.accounts.c.id == account_id, ledger.accounts.c.user_id == user_id)
            .values(active=active)
        )

    def balances(self, user_id: UserId) -> tuple[Balance, ...]:
        """Return the balances of the user's own active accounts in one query."""
        rows = self._connection.execute(_BALANCES, {"owner": user_id}).mappings()
        return tuple(_balance(row) for row in rows)

    def check_currencies(self, user_id: UserId, wanted: Collection[tuple[AccountId, str]]) -> None:
        """Raise when an account is not the user's, or holds another currency than is wanted."""
        table = ledger.accounts
        query = select(table.c.id, table.c.currency).where(
            table.c.user_id == user_id, table.c.id.in_({account_id for account_id, _ in wanted})
        )
        held = {AccountId(row[0]): row[1] for row in self._connection.execute(query)}
        for account_id, currency in sorted(wanted):
            if account_id not in held:
                raise AccountUnknown
            if held[account_id] != currency:
                raise AccountCurrencyDiffers(currency=held[account_id])

    def lock(self, account_ids: Sequence[AccountId]) -> None:
        """Lock balances in one order, so that two writers can never wait on each other.

        On SQLite the write transaction already excludes every other writer.
        """
        if self._connection.dialect.name != "postgresql":
            return
        table = ledger.balances
        self._connection.execute(
            select(table.c.account_id)
            .where(table.c.account_id.in_(sorted(set(account_ids))))
            .order_by(table.c.account_id)
            .with_for_update()
        ).all()

    def apply(self, changes: Mapping[AccountId, tuple[int, int]], *, as_of: datetime) -> None:
        """Add (posted, pending) minor units to balances; the rows are already locked."""
        rows = [
            {"account": account_id, "posted": posted, "pending": pending, "now": as_of}
            for account_id, (posted, pending) in sorted(changes.items())
        ]
        if rows:
            self._connection.execute(_APPLY, rows)

    def add_held(self, account_id: AccountId, minor: int) -> None:
        """Add to what is held of an account; its row is already locked."""
        table = ledger.balances
        self._connection.execute(
            update(table)
            .where(table.c.account_id == account_id)
            .values(held_minor=table.c.held_minor + minor, version=table.c.version + 1)
        )

    def require(self, account_id: AccountId, amount: Money) -> None:
        """Raise `FundsMissing` unless so much is available; the row is already locked."""
        table = ledger.balances
        query = select(table.c.posted_minor + table.c.pending_minor - table.c.held_minor)
        there = self._connection.execute(query.where(table.c.account_id == account_id)).scalar_one()
        if there < amount.minor:
            raise FundsMissing(available=Money(there, amount.currency).plain)

    def assert_closing(
        self, account_id: AccountId, on_date: date, closing: Money, *, source: str
    ) -> None:
        """Keep what a statement, known as ``source``, said the balance was on a day."""
        table = ledger.balance_assertions
        where = (
            table.c.account_id == account_id,
            table.c.on_date == on_date,
            table.c.source == source,
        )
        changed = self._connection.execute(update(table).where(*where).values(minor=closing.minor))
        if changed.rowcount == 0:
            self._connection.execute(
                insert(table).values(
                    account_id=account_id, on_date=on_date, minor=closing.minor, source=source
                )
            )

    def forget_assertions(self, source: str) -> None:
        """Forget what a statement said: its import is being undone."""
        table = ledger.balance_assertions
        self._connection.execute(delete(table).where(table.c.source == source))

    def recomputed(self, user_id: UserId) -> dict[AccountId, tuple[int, int]]:
        """Compute (posted, pending) of every account from its postings alone."""
        postings, entries, accounts = ledger.postings, ledger.entries, ledger.accounts
        own = select(accounts.c.id).where(accounts.c.user_id == user_id)
        sums = {AccountId(row[0]): (0, 0) for row in self._connection.execute(own)}
        pending = entries.c.state == EntryState.PENDING.value
        # By way of the entries: no index of the postings serves anything else.
        query = (
            select(
                postings.c.account_id,
                func.sum(case((pending, 0), else_=postings.c.minor)),
                func.sum(case((pending, postings.c.minor), else_=0)),
            )
            .join(entries, entries.c.id == postings.c.entry_id)
            .where(entries.c.user_id == user_id)
            .group_by(postings.c.account_id)
        )
        for account_id, posted, waiting in self._connection.execute(query):
            sums[AccountId(account_id)] = (int(posted), int(waiting))
        return sums

    def mismatches(self, user_id: UserId) -> tuple[AccountId, ...]:
        """Return the accounts whose projection differs from their postings: an incident."""
        truth = self.recomputed(user_id)
        table = ledger.balances
        query = select(table).where(table.c.account_id.in_(truth))
        kept = {
            row["account_id"]: (row["posted_minor"], row["pending_minor"])
            for row in self._connection.execute(query).mappings()
        }
        wrong = {key for key, value in truth.items() if kept.get(key) != value}
        return tuple(sorted(wrong | self._wrongly_held(frozenset(truth))))

    def held(self, account_ids: Collection[AccountId]) -> dict[AccountId, int]:
        """Add up what the open holds of accounts come to."""
        table = ledger.holds
        query = (
            select(table.c.account_id, func.sum(table.c.minor - table.c.captured_minor))
            .where(
                table.c.account_id.in_(sorted(account_ids)), table.c.state == HoldState.HELD.value
            )
            .group_by(table.c.account_id)
        )
        return {AccountId(row[0]): int(row[1]) for row in self._connection.execute(query)}

    def _wrongly_held(self, account_ids: frozenset[AccountId]) -> set[AccountId]:
        """Return the accounts of which more or less is held than their open holds come to."""
        kept, truth = ledger.balances, self.held(account_ids)
        held = select(kept.c.account_id, kept.c.held_minor).where(
            kept.c.account_id.in_(sorted(account_ids))
        )
        return {
            AccountId(row[0])
            for row in self._connection.execute(held)
            if row[1] != truth.get(AccountId(row[0]), 0)
        }


def _account(row: RowMapping) -> Account:
    return Account(
        id=AccountId(row["id"]),
        user_id=UserId(row["user_id"]),
        name=row["name"],
        kind=AccountKind(row["kind"]),
        ledger_class=LedgerClass(row["ledger_class"]),
        currency=row["currency"],
        institution=row["institution"],
        last4=row["last4"],
        active=row["active"],
    )


def _balance(row: RowMapping) -> Balance:
    currency = row["currency"]
    return Balance(
        account=_account(row),
        posted=Money(row["posted_minor"], currency),
        pending=Money(row["pending_minor"], currency),
        as_of=row["as_of"],
        held=Money(row["held_minor"], currency),
    )
