"""Opening balances: what accounts held before the first day that was told of.

A bank states what an account holds on one day. When older rows come later, that day must still
come out as stated, so the opening balance gives way by as much as the older rows come to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, literal, or_, select

from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import IN_THE_BOOKS, EntryState, Flow, NewEntry, Source
from core.money import Money
from core.store.ledger_store import LedgerStore
from core.store.tables import ledger
from core.store.vault import Vault

_E = ledger.entries


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening balance as it is booked: ``day`` is the first that it stands before."""

    entry_id: EntryId
    day: date
    amount: Money
    import_id: str | None


class OpeningStore:
    """Finds opening balances and makes room before them."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._ledger = LedgerStore(connection, vault)

    def of(self, account_id: AccountId) -> Opening | None:
        """Return an account's opening balance, nothing when none was ever told."""
        query = (
            select(_E.c.id, _E.c.booked_date, _E.c.minor, _E.c.currency, _E.c.import_id)
            .where(
                _E.c.account_id == account_id,
                # In the statement itself: only so is ix_entries_account_few of use.
                _E.c.flow == literal(Flow.OPENING.value, literal_execute=True),
                _E.c.state.in_([state.value for state in IN_THE_BOOKS]),
            )
            .order_by(_E.c.id)
            .limit(1)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        amount = Money(row.minor, row.currency)
        return Opening(EntryId(row.id), row.booked_date, amount, row.import_id)

    def begin_with(
        self,
        user_id: UserId,
        account_id: AccountId,
        amount: Money,
        first: date,
        import_id: str,
        *,
        now: datetime,
    ) -> None:
        """Book what an account held before ``first``, as an import's stated balance told it."""
        opening = NewEntry(
            account_id=account_id,
            booked_date=first,
            amount=amount,
            flow=Flow.OPENING,
            allocations=(),
            payee="",
            merchant_key="",
            source=Source.OPENING,
            import_id=import_id,
        )
        self._ledger.book(user_id, opening, now=now)

    def is_needed(self, account_id: AccountId, *, first: date, import_id: str) -> bool:
        """Tell whether a statement from ``first`` on may say what the account opened with.

        It may when no balance was told before, or when it begins before everything known.
        """
        if self.of(account_id) is not None:
            return False
        told = ledger.balance_assertions
        stated = select(told.c.minor).where(
            told.c.account_id == account_id, told.c.source != import_id
        )
        if self._connection.execute(stated.limit(1)).first() is None:
            return True
        others = or_(_E.c.import_id.is_(None), _E.c.import_id != import_id)
        owner = select(ledger.accounts.c.user_id).where(ledger.accounts.c.id == account_id)
        oldest = (
            select(_E.c.booked_date)
            .where(
                _E.c.user_id == owner.scalar_subquery(),
                _E.c.account_id == account_id,
                _E.c.state.in_([state.value for state in IN_THE_BOOKS]),
                others,
            )
            .order_by(_E.c.booked_date)
            .limit(1)
        )
        known_from = self._connection.execute(oldest).scalar()
        return known_from is None or first < known_from

    def make_room(
        self,
        user_id: UserId,
        account_id: AccountId,
        rows: Iterable[tuple[date, Money]],
        *,
        now: datetime,
    ) -> None:
        """Take what posted rows before the opening come to out of it: they were in it."""
        opening = self.of(account_id)
        if opening is None:
            return
        older = sum(money.minor for day, money in rows if day < opening.day)
        self._shift(user_id, opening, -older, now=now)

    def close_up(self, user_id: UserId, import_id: str, *, now: datetime) -> None:
        """Put what an import took out of openings back in; its rows are about to go."""
        query = select(_E.c.account_id, _E.c.booked_date, _E.c.minor).where(
            _E.c.user_id == user_id,
            _E.c.import_id == import_id,
            _E.c.flow != Flow.OPENING.value,
            _E.c.state == EntryState.POSTED.value,
        )
        rows = self._connection.execute(query).all()
        for account_id in sorted({row.account_id for row in rows}):
            opening = self.of(account_id)
            if opening is None or opening.import_id == import_id:
                continue
            older = sum(
                row.minor
                for row in rows
                if row.account_id == account_id and row.booked_date < opening.day
            )
            self._shift(user_id, opening, older, now=now)

    def _shift(self, user_id: UserId, opening: Opening, minor: int, *, now: datetime) -> None:
        if minor:
            amount = Money(opening.amount.minor + minor, opening.amount.currency)
            self._ledger.change_amount(user_id, opening.entry_id, amount, now=now)
