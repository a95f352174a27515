"""Net worth over time: every account's postings once, added up day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from core.ids import AccountId, UserId
from core.ledger.entry import EntryState, Flow
from core.reports.worth import Move, Worth, worth_over
from core.store.account_store import AccountStore
from core.store.rate_store import RateStore
from core.store.tables import ledger
from core.store.vault import Vault

_E, _L = ledger.entries, ledger.postings


class WorthReader:
    """Reads what the accounts held, in one query however many days are asked for."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._accounts = AccountStore(connection, vault)
        self._rates = RateStore(connection, vault)

    def over(
        self, user_id: UserId, days: Sequence[date], *, base: str, today: date
    ) -> tuple[Worth, ...]:
        """Return the net worth at the end of each day, from the day of the first entry on.

        Of today it is what the balances say, whatever day their entries were dated.
        """
        accounts = {one.id: one.currency for one in self._accounts.of(user_id)}
        moves = self._moves(user_id, accounts, today)
        dated = [move.on for move in moves if move.on > date.min]
        shown = [day for day in days if dated and day >= min(dated)]
        if not shown:
            return ()
        codes = {base, *accounts.values()}
        book = self._rates.book(user_id, codes, shown[0], shown[-1])
        return worth_over(shown, moves, accounts, book, base)

    def _moves(
        self, user_id: UserId, accounts: dict[AccountId, str], today: date
    ) -> tuple[Move, ...]:
        """An opening balance was there before the first row, whatever day it was told."""
        query = (
            select(_L.c.account_id, _E.c.booked_date, _E.c.flow, func.sum(_L.c.minor))
            .join(_E, _E.c.id == _L.c.entry_id)
            .where(
                _E.c.user_id == user_id,
                _E.c.state != EntryState.PENDING.value,
                _L.c.account_id.in_(accounts),
            )
            .group_by(_L.c.account_id, _E.c.booked_date, _E.c.flow)
        )
        return tuple(
            Move(AccountId(account), _day(on, flow, today), int(minor))
            for account, on, flow, minor in self._connection.execute(query)
        )


def _day(on: date, flow: str, today: date) -> date:
    return date.min if flow == Flow.OPENING.value else min(on, today)
