"""Reads which accounts a household lives from: one answer for all figures about spending money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from core.ids import UserId
from core.ledger.account import AccountKind, Balance
from core.ledger.entry import IN_THE_BOOKS, Flow
from core.ledger.pockets import LIVED_FROM, USE_DAYS, pockets
from core.store.tables import ledger

_E, _A = ledger.entries, ledger.allocations
_WAGES = "INCOME_WAGES"
_LIVE = tuple(state.value for state in IN_THE_BOOKS)
_IS_WAGES = (
    select(_A.c.id)
    .where(_A.c.entry_id == _E.c.id, _A.c.live, _A.c.category.startswith(_WAGES))
    .exists()
)
_BOUGHT = func.count().filter(_E.c.flow == Flow.SPEND.value)
_PAID_IN = func.count().filter(_E.c.flow == Flow.INCOME.value)
_USED = (
    select(_E.c.account_id)
    .where(
        _E.c.user_id == bindparam("user"),
        _E.c.account_id.in_(bindparam("accounts", expanding=True)),
        _E.c.state.in_(_LIVE),
        _E.c.booked_date >= bindparam("since"),
        or_(
            _E.c.flow == Flow.SPEND.value,
            and_(_E.c.flow == Flow.INCOME.value, _IS_WAGES),
        ),
    )
    .group_by(_E.c.account_id)
    .having(or_(_PAID_IN > 0, _BOUGHT >= LIVED_FROM))
)


class PocketQueries:
    """Tells the accounts to live from; never writes."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection

    def of(
        self, user_id: UserId, balances: Sequence[Balance], *, currency: str, today: date
    ) -> tuple[Balance, ...]:
        """Return those of the user's ``balances`` in ``currency`` that he lives from."""
        saved = [int(one.account.id) for one in balances if _is_savings(one, currency)]
        return pockets(balances, self._used(user_id, saved, today) if saved else (), currency)

    def _used(self, user_id: UserId, accounts: Sequence[int], today: date) -> frozenset[int]:
        since = today - timedelta(days=USE_DAYS)
        values = {"user": user_id, "accounts": accounts, "since": since}
        return frozenset(self._connection.execute(_USED, values).scalars())


def _is_savings(one: Balance, currency: str) -> bool:
    return one.account.kind is AccountKind.SAVINGS and one.account.currency == currency
