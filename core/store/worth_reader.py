"""Net worth over time: every account's postings once, and what the holdings of each day are worth.

The one place that adds both up: chat, pictures, reports and files show this figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from core.ids import AccountId, UserId
from core.ledger.entry import EntryState, Flow
from core.reports.worth import Move, Worth, worth_over
from core.store.account_store import AccountStore
from core.store.portfolio_reader import PortfolioReader
from core.store.rate_store import RateStore
from core.store.tables import ledger
from core.store.vault import Vault
from core.users.user import User

_E, _L = ledger.entries, ledger.postings


class WorthReader:
    """Reads what was owned and owed, in a few queries however many days are asked for."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._accounts = AccountStore(connection, vault)
        self._portfolios = PortfolioReader(connection, vault)
        self._rates = RateStore(connection, vault)

    def over(self, user: User, days: Sequence[date], *, today: date) -> tuple[Worth, ...]:
        """Return the net worth at the end of each day, from the first entry or trade on.

        Of today it is what the balances say, whatever day their entries were dated.
        """
        base = user.preferences.currency
        accounts = {one.id: one.currency for one in self._accounts.of(user.id)}
        moves = self._moves(user.id, accounts, today)
        known = [move.on for move in moves if move.on > date.min]
        traded = self._portfolios.began(user.id)
        known += [traded] if traded is not None else []
        shown = [day for day in days if known and day >= min(known)]
        if not shown:
            return ()
        book = self._rates.book(user.id, {base, *accounts.values()}, shown[0], shown[-1])
        found = worth_over(shown, moves, accounts, book, base)
        if traded is None:
            return found
        held = self._portfolios.over(user, shown)
        return tuple(
            one.with_holdings(of_day.value, len(of_day.held) - len(of_day.covered))
            for one, of_day in zip(found, held, strict=True)
        )

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
