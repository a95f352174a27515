"""Holds: placed, taken in parts, let go; each move once, and never more than there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import NewEntry
from core.ledger.hold import (
    HOLD_MOVES,
    Hold,
    HoldClosed,
    HoldExceeded,
    HoldKeyReused,
    HoldState,
    HoldUnknown,
)
from core.money import Money
from core.store.account_store import AccountStore
from core.store.ledger_store import LedgerStore
from core.store.tables import ledger
from core.store.user_lock import UserLock
from core.store.vault import Vault

_T = ledger.holds
_PARTS = ledger.hold_captures


class HoldStore:
    """Keeps holds, and what is held of each balance, in the same transaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._accounts = AccountStore(connection, vault)
        self._ledger = LedgerStore(connection, vault)
        self._lock = UserLock(connection)

    def place(
        self,
        user_id: UserId,
        account_id: AccountId,
        amount: Money,
        *,
        key: str,
        label: str,
        expires_at: datetime,
        now: datetime,
        card_id: str = "",
    ) -> Hold:
        """Speak for an amount, if so much is available; the same key again is the same hold."""
        self._lock.hold(user_id)
        known = self.by_key(user_id, key)
        if known is not None:
            if known.account_id != account_id or known.amount != amount:
                raise HoldKeyReused
            return known
        self._accounts.check_currencies(user_id, {(account_id, amount.currency)})
        self._accounts.lock((account_id,))
        self._accounts.require(account_id, amount)
        self._connection.execute(
            insert(_T).values(
                user_id=user_id,
                account_id=account_id,
                card_id=card_id,
                key=key,
                minor=amount.minor,
                captured_minor=0,
                currency=amount.currency,
                state=HoldState.HELD.value,
                label=label,
                created_at=now,
                expires_at=expires_at,
            )
        )
        self._accounts.add_held(account_id, amount.minor)
        placed = self.by_key(user_id, key)
        assert placed is not None
        return placed

    def raise_to(self, user_id: UserId, hold_id: int, amount: Money) -> Hold:
        """Hold more under the same hold, if so much more is available; less changes nothing."""
        hold = self._open(user_id, hold_id)
        more = amount - hold.amount
        if more.minor <= 0:
            return hold
        self._accounts.require(hold.account_id, more)
        self._set(hold, minor=amount.minor)
        self._accounts.add_held(hold.account_id, more.minor)
        return replace(hold, amount=amount)

    def capture(
        self, user_id: UserId, hold_id: int, entry: NewEntry, *, key: str, last: bool, now: datetime
    ) -> EntryId:
        """Take a part of a hold by booking ``entry``; the same key again takes nothing more.

        After the ``last`` part, or when all of it was taken, the rest is let go.
        """
        self._lock.hold(user_id)
        known = self._part(hold_id, key)
        taken = -entry.amount
        if known is not None:
            if known.minor != taken.minor:
                raise HoldKeyReused
            return EntryId(known.entry_id)
        hold = self._open(user_id, hold_id)
        if entry.account_id != hold.account_id or not 0 < taken.minor <= hold.left.minor:
            raise HoldExceeded(left=hold.left.plain)
        entry_id = self._ledger.book(user_id, entry, now=now)
        self._connection.execute(
            insert(_PARTS).values(
                hold_id=hold_id, key=key, entry_id=entry_id, minor=taken.minor, created_at=now
            )
        )
        self._accounts.add_held(hold.account_id, -taken.minor)
        hold = replace(hold, captured=hold.captured + taken)
        self._set(hold, captured_minor=hold.captured.minor)
        if last or not hold.left:
            self._close(hold, HoldState.CAPTURED, now=now)
        return entry_id

    def void(self, user_id: UserId, hold_id: int, *, now: datetime) -> None:
        """Let all of a hold go that was not taken."""
        self._close(self._open(user_id, hold_id), HoldState.VOID, now=now)

    def expire_due(self, *, now: datetime, limit: int = 200) -> int:
        """Let go what was held for too long; return how many holds ended."""
        due = (
            select(_T.c.id, _T.c.user_id)
            .where(_T.c.state == HoldState.HELD.value, _T.c.expires_at <= now)
            .order_by(_T.c.user_id, _T.c.id)
            .limit(limit)
        )
        ended = 0
        for hold_id, owner in self._connection.execute(due).all():
            self._lock.hold(UserId(owner))
            hold = self.get(UserId(owner), hold_id)
            if hold.state is HoldState.HELD:
                self._close(hold, HoldState.EXPIRED, now=now)
                ended += 1
        return ended

    def get(self, user_id: UserId, hold_id: int) -> Hold:
        """Return a hold of the user's; raise `HoldUnknown`."""
        found = self._one(_T.c.id == hold_id, _T.c.user_id == user_id)
        if found is None:
            raise HoldUnknown
        return found

    def by_key(self, user_id: UserId, key: str) -> Hold | None:
        """Return the hold that was placed under a key."""
        return self._one(_T.c.key == key, _T.c.user_id == user_id)

    def of_card(self, user_id: UserId, card_id: str, since: datetime) -> tuple[Hold, ...]:
        """Return the holds of a card placed since a moment, oldest first."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.card_id == card_id, _T.c.created_at >= since)
            .order_by(_T.c.id)
        )
        return tuple(map(_hold, self._connection.execute(query).mappings()))

    def was_taken(self, hold_id: int, key: str) -> bool:
        """Tell whether a part of a hold was taken under a key."""
        return self._part(hold_id, key) is not None

    def _open(self, user_id: UserId, hold_id: int) -> Hold:
        """Return a hold that can still move, with everything locked that it may change."""
        self._lock.hold(user_id)
        hold = self.get(user_id, hold_id)
        if hold.state is not HoldState.HELD:
            raise HoldClosed(state=hold.state.value)
        self._accounts.lock((hold.account_id,))
        return hold

    def _close(self, hold: Hold, state: HoldState, *, now: datetime) -> None:
        assert state in HOLD_MOVES[hold.state]
        self._accounts.add_held(hold.account_id, -hold.left.minor)
        self._set(hold, state=state.value, closed_at=now)

    def _set(self, hold: Hold, **values: Any) -> None:
        moved = self._connection.execute(
            update(_T)
            .where(_T.c.id == hold.id, _T.c.state == HoldState.HELD.value)
            .values(**values)
        )
        if moved.rowcount != 1:
            raise HoldClosed

    def _part(self, hold_id: int, key: str) -> Any:
        query = select(_PARTS).where(_PARTS.c.hold_id == hold_id, _PARTS.c.key == key)
        return self._connection.execute(query).first()

    def _one(self, *where: Any) -> Hold | None:
        row = self._connection.execute(select(_T).where(*where)).mappings().first()
        return _hold(row) if row is not None else None


def _hold(row: RowMapping) -> Hold:
    return Hold(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        account_id=AccountId(row["account_id"]),
        amount=Money(row["minor"], row["currency"]),
        captured=Money(row["captured_minor"], row["currency"]),
        state=HoldState(row["state"]),
        label=row["label"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        card_id=row["card_id"],
    )
