"""Securities and trades, with the cash leg of each trade in the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.errors import FinanceError
from core.ids import AccountId, EntryId, UserId
from core.investments.lot import lots_of
from core.investments.security import (
    MOST_SECURITIES,
    Security,
    SecurityKind,
    TooManySecurities,
)
from core.investments.trade import Trade, TradeKind, TradeSource, TradeState, move
from core.ledger.entry import Allocation, EntryState, Flow, NewEntry, Source, counted
from core.money import Money
from core.store.ledger_store import LedgerStore
from core.store.tables import investment as tables
from core.store.user_lock import UserLock
from core.store.vault import Vault

_S, _T = tables.securities, tables.trades
# What a trade's money is to its owner, and the category under which the entry is found.
_CASH: dict[TradeKind, tuple[Flow, str]] = {
    TradeKind.BUY: (Flow.INVEST, "TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS"),
    TradeKind.SELL: (Flow.INVEST, "TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS"),
    TradeKind.DIVIDEND: (Flow.INCOME, "INCOME_DIVIDENDS"),
    TradeKind.FEE: (Flow.SPEND, "BANK_FEES_OTHER_BANK_FEES"),
}
_SOURCES = {
    TradeSource.MANUAL: Source.MANUAL,
    TradeSource.IMPORT: Source.IMPORT,
    TradeSource.DEMO: Source.DEMO,
}


class SecurityUnknown(FinanceError):
    """The user has no such security."""

    code = "security.unknown"


class TradeUnknown(FinanceError):
    """The user has no such trade."""

    code = "trade.unknown"


class TradeStore:
    """Keeps securities and trades; no trade is kept that sells more than there was."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._ledger = LedgerStore(connection, vault)
        self._lock = UserLock(connection)

    def securities(self, user_id: UserId) -> tuple[Security, ...]:
        """Return all securities the user ever named, oldest first."""
        query = select(_S).where(_S.c.user_id == user_id).order_by(_S.c.id)
        return tuple(_security(row) for row in self._connection.execute(query).mappings())

    def security(self, user_id: UserId, security_id: int) -> Security:
        """Return one security of the user's; raise `SecurityUnknown`."""
        query = select(_S).where(_S.c.id == security_id, _S.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise SecurityUnknown
        return _security(row)

    def by_symbol(self, user_id: UserId, symbol: str) -> Security | None:
        """Return the user's security of a symbol."""
        query = select(_S).where(_S.c.user_id == user_id, _S.c.symbol == symbol)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _security(row)

    def add_security(self, security: Security, *, now: datetime) -> Security:
        """Store a new security and return it with its id, or the one of that symbol."""
        self._lock.hold(security.user_id)
        known = self.securities(security.user_id)
        for one in known:
            if one.symbol == security.symbol:
                return one
        if len(known) >= MOST_SECURITIES:
            raise TooManySecurities(limit=MOST_SECURITIES)
        values = {
            "user_id": security.user_id,
            "symbol": security.symbol,
            "name": security.name,
            "kind": security.kind.value,
            "currency": security.currency,
            "sector": security.sector,
            "created_at": now,
        }
        result = self._connection.execute(insert(_S).values(values))
        return replace(security, id=int(result.inserted_primary_key[0]))  # type: ignore[index]

    def of(self, user_id: UserId, security_id: int | None = None) -> tuple[Trade, ...]:
        """Return the user's trades that are not deleted, of one security or of all."""
        query = select(_T).where(_T.c.user_id == user_id, _T.c.state == TradeState.ACTIVE.value)
        if security_id is not None:
            query = query.where(_T.c.security_id == security_id)
        rows = self._connection.execute(query.order_by(_T.c.traded_on, _T.c.id)).mappings()
        return tuple(_trade(row) for row in rows)

    def get(self, user_id: UserId, trade_id: int) -> Trade:
        """Return one trade of the user's in any state; raise `TradeUnknown`."""
        query = select(_T).where(_T.c.id == trade_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise TradeUnknown
        return _trade(row)

    def of_entry(self, user_id: UserId, entry_id: EntryId) -> Trade | None:
        """Return the trade whose money an entry is."""
        query = select(_T).where(_T.c.entry_id == entry_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _trade(row)

    def add(
        self,
        trade: Trade,
        *,
        now: datetime,
        fingerprint: bytes | None = None,
        import_id: str | None = None,
    ) -> Trade:
        """Store a trade and book its money on its account, if it has one; return it as kept.

        Raise `SoldMoreThanHeld` or `LotTooSmall` when the trade, or a later one with it, sells what
        is not there.
        """
        self._lock.hold(trade.user_id)
        security = self.security(trade.user_id, trade.security_id)
        lots_of([*self.of(trade.user_id, trade.security_id), trade])
        entry_id = self._book(trade, security, import_id, now=now)
        values = {
            **_values(trade),
            "entry_id": entry_id,
            "fingerprint": fingerprint,
            "import_id": import_id,
            "created_at": now,
        }
        result = self._connection.execute(insert(_T).values(values))
        number = int(result.inserted_primary_key[0])  # type: ignore[index]
        return replace(trade, id=number, entry_id=entry_id)

    def set_state(
        self, user_id: UserId, trade_id: int, state: TradeState, *, now: datetime
    ) -> Trade:
        """Delete a trade with its money, or bring both back; return the trade as it was.

        Raise `SoldMoreThanHeld` or `LotTooSmall` when a later sale lives off what would go.
        """
        self._lock.hold(user_id)
        before = self.get(user_id, trade_id)
        after = move(before, state)
        others = [one for one in self.of(user_id, before.security_id) if one.id != trade_id]
        lots_of([*others, after] if state is TradeState.ACTIVE else others)
        if before.entry_id is not None:
            if state is TradeState.DELETED:
                self._ledger.void(user_id, before.entry_id, now=now)
            else:
                self._ledger.restore(user_id, before.entry_id, EntryState.POSTED, now=now)
        self._connection.execute(
            update(_T).where(_T.c.id == trade_id, _T.c.user_id == user_id).values(state=state.value)
        )
        return before

    def of_import(self, user_id: UserId, import_id: str) -> tuple[Trade, ...]:
        """Return the trades of one file that are not deleted, newest first."""
        query = select(_T).where(
            _T.c.user_id == user_id,
            _T.c.import_id == import_id,
            _T.c.state == TradeState.ACTIVE.value,
        )
        rows = self._connection.execute(query.order_by(_T.c.id.desc())).mappings()
        return tuple(_trade(row) for row in rows)

    def take_back_import(self, user_id: UserId, import_id: str, *, now: datetime) -> int:
        """Take a file's trades out as if they had never come; return how many there were."""
        found = self.of_import(user_id, import_id)
        for trade in found:
            if trade.entry_id is not None:
                self._ledger.forget(user_id, trade.entry_id, now=now)
        self._connection.execute(
            update(_T)
            .where(_T.c.user_id == user_id, _T.c.import_id == import_id)
            .values(state=TradeState.DELETED.value, fingerprint=None)
        )
        for security_id in sorted({trade.security_id for trade in found}):
            lots_of(self.of(user_id, security_id))
        return len(found)

    def known(self, user_id: UserId) -> frozenset[bytes]:
        """Return by what the rows of files that were read before are known again."""
        query = select(_T.c.fingerprint).where(
            _T.c.user_id == user_id, _T.c.fingerprint.is_not(None)
        )
        return frozenset(bytes(one) for one in self._connection.execute(query).scalars())

    def _book(
        self, trade: Trade, security: Security, import_id: str | None, *, now: datetime
    ) -> EntryId | None:
        """Book the cash leg, exact to the minor unit; a trade without an account has none."""
        if trade.account_id is None or not trade.cash:
            return None
        flow, category = _CASH[trade.kind]
        entry = NewEntry(
            account_id=trade.account_id,
            booked_date=trade.traded_on,
            amount=trade.cash,
            flow=flow,
            allocations=(Allocation(category, counted(flow, trade.cash), locked=True),),
            payee=security.name,
            merchant_key="",
            source=_SOURCES[trade.source],
            import_id=import_id,
        )
        return self._ledger.book(trade.user_id, entry, now=now)


def _values(trade: Trade) -> dict[str, Any]:
    return {
        "user_id": trade.user_id,
        "security_id": trade.security_id,
        "kind": trade.kind.value,
        "traded_on": trade.traded_on,
        "quantity": trade.quantity,
        "minor": trade.amount.minor,
        "fee_minor": trade.fee.minor,
        "currency": trade.amount.currency,
        "split_new": trade.new,
        "split_old": trade.old,
        "account_id": trade.account_id,
        "state": trade.state.value,
        "source": trade.source.value,
        "lot_id": trade.lot_id,
    }


def _security(row: RowMapping) -> Security:
    return Security(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        symbol=row["symbol"],
        name=row["name"],
        kind=SecurityKind(row["kind"]),
        currency=row["currency"],
        sector=row["sector"],
    )


def _trade(row: RowMapping) -> Trade:
    account, entry = row["account_id"], row["entry_id"]
    return Trade(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        security_id=row["security_id"],
        kind=TradeKind(row["kind"]),
        traded_on=row["traded_on"],
        quantity=row["quantity"],
        amount=Money(row["minor"], row["currency"]),
        fee=Money(row["fee_minor"], row["currency"]),
        new=row["split_new"],
        old=row["split_old"],
        account_id=None if account is None else AccountId(account),
        entry_id=None if entry is None else EntryId(entry),
        state=TradeState(row["state"]),
        source=TradeSource(row["source"]),
        lot_id=row["lot_id"],
    )
