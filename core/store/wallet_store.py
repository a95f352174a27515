"""Wallets: money in, exchanges by quote, and taking back; never below nought."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.ids import AccountId, EntryId, UserId
from core.ledger.account import Account, AccountKind, LedgerClass
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.money import Money
from core.store.account_store import AccountStore
from core.store.ledger_store import LedgerStore
from core.store.tables import wallet as tables
from core.store.user_lock import UserLock
from core.store.vault import Vault
from core.wallets.exchange import QUOTE_MOVES, Quote, QuoteExpired, QuoteState, QuoteUnknown

_T = tables.fx_quotes
_FEES = "BANK_FEES_FOREIGN_TRANSACTION_FEES"
_CAME_IN, _WENT_OUT = "TRANSFER_IN_ACCOUNT_TRANSFER", "TRANSFER_OUT_ACCOUNT_TRANSFER"


class WalletStore:
    """Moves money of wallets: each movement has a key of its own that is booked once."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._accounts = AccountStore(connection, vault)
        self._ledger = LedgerStore(connection, vault)
        self._lock = UserLock(connection)

    def of(self, user_id: UserId) -> tuple[Account, ...]:
        """Return the user's wallets, oldest first."""
        return tuple(
            item
            for item in self._accounts.of(user_id)
            if item.ledger_class is LedgerClass.AUTHORITATIVE and item.kind is AccountKind.WALLET
        )

    def top_up(
        self, user_id: UserId, wallet: Account, amount: Money, *, key: str, day: date, now: datetime
    ) -> EntryId:
        """Book money that came into a wallet; the same key is booked once."""
        entry = _entry(wallet.id, amount, Flow.MOVE, day=day, key=key, payee=wallet.name)
        return self._ledger.book(user_id, entry, now=now)

    def take_back(self, user_id: UserId, entry_id: EntryId, *, now: datetime) -> EntryId:
        """Reverse a movement, if what came in by it is still available."""
        entry = self._ledger.booked(user_id, entry_id)
        self._accounts.lock((entry.account_id,))
        self._accounts.require(entry.account_id, entry.amount)
        return self._ledger.reverse(user_id, entry_id, now=now)

    def add_quote(self, quote: Quote) -> None:
        """Keep a quote that was told to its user."""
        self._connection.execute(insert(_T).values(_row(quote)))

    def quote(self, user_id: UserId, quote_id: str) -> Quote:
        """Return a quote of the user's; raise `QuoteUnknown`."""
        query = select(_T).where(_T.c.id == quote_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise QuoteUnknown
        return _quote(row)

    def used_by(self, key: str, user_id: UserId) -> Quote | None:
        """Return the quote that was taken under a key."""
        query = select(_T).where(_T.c.used_key == key, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        return _quote(row) if row is not None else None

    def exchange(
        self, user_id: UserId, quote_id: str, *, key: str, day: date, now: datetime
    ) -> Quote:
        """Carry out exactly one quote: four legs and the fee, all or nothing, once a key."""
        self._lock.hold(user_id)
        done = self.used_by(key, user_id)
        if done is not None:
            return done
        quote = self.quote(user_id, quote_id)
        if not quote.is_open(now):
            raise QuoteExpired
        self._accounts.lock((quote.source_id, quote.target_id))
        self._accounts.require(quote.source_id, quote.cost)
        assert QuoteState.USED in QUOTE_MOVES[quote.state]
        self._connection.execute(
            update(_T)
            .where(_T.c.id == quote.id, _T.c.state == QuoteState.OPEN.value)
            .values(state=QuoteState.USED.value, used_key=key)
        )
        self._ledger.book_many(user_id, self._legs(quote, day), now=now)
        return self.quote(user_id, quote_id)

    def _legs(self, quote: Quote, day: date) -> list[NewEntry]:
        """Return both sides against their conversion accounts, and the fee by itself."""
        source = self._accounts.get(quote.user_id, quote.source_id)
        target = self._accounts.get(quote.user_id, quote.target_id)

        def leg(wallet: Account, amount: Money, flow: Flow, what: str, payee: str) -> NewEntry:
            key = f"{quote.id}:{what}"
            return _entry(wallet.id, amount, flow, day=day, key=key, payee=payee)

        legs = [
            leg(source, -quote.paid, Flow.EXCHANGE, "out", target.name),
            leg(target, quote.got, Flow.EXCHANGE, "in", source.name),
        ]
        if quote.fee:
            legs.append(leg(source, -quote.fee, Flow.SPEND, "fee", target.name))
        return legs


def _entry(
    account_id: AccountId, amount: Money, flow: Flow, *, day: date, key: str, payee: str
) -> NewEntry:
    moved = _CAME_IN if amount.minor > 0 else _WENT_OUT
    category = _FEES if flow is Flow.SPEND else moved
    return NewEntry(
        account_id=account_id,
        booked_date=day,
        amount=amount,
        flow=flow,
        allocations=(Allocation(category, -amount, "rule"),),
        payee=payee,
        merchant_key="",
        source=Source.WALLET,
        external_id=key,
    )


def _row(quote: Quote) -> dict[str, object]:
    return {
        "id": quote.id,
        "user_id": quote.user_id,
        "source_id": quote.source_id,
        "target_id": quote.target_id,
        "paid_minor": quote.paid.minor,
        "paid_currency": quote.paid.currency,
        "fee_minor": quote.fee.minor,
        "got_minor": quote.got.minor,
        "got_currency": quote.got.currency,
        "rate": quote.rate,
        "rate_source": quote.rate_source,
        "rate_date": quote.rate_date,
        "state": quote.state.value,
        "created_at": quote.created_at,
        "expires_at": quote.expires_at,
    }


def _quote(row: RowMapping) -> Quote:
    return Quote(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        source_id=AccountId(row["source_id"]),
        target_id=AccountId(row["target_id"]),
        paid=Money(row["paid_minor"], row["paid_currency"]),
        fee=Money(row["fee_minor"], row["paid_currency"]),
        got=Money(row["got_minor"], row["got_currency"]),
        rate=row["rate"],
        rate_source=row["rate_source"],
        rate_date=row["rate_date"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        state=QuoteState(row["state"]),
    )
