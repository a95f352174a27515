"""Reads the books as movements: the light rows that insights are worked out from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from core.ids import UserId
from core.insights.movement import Movement
from core.ledger.entry import IN_THE_BOOKS, EntryState, Flow
from core.period import Period, month_number
from core.store.tables import ledger
from core.store.vault import Vault

_E, _A = ledger.entries, ledger.allocations
# The first of an entry's categories; only what is told apart by them needs all of them.
_CATEGORY = func.coalesce(
    select(func.min(_A.c.category)).where(_A.c.entry_id == _E.c.id, _A.c.live).scalar_subquery(), ""
)
_LIVE = tuple(state.value for state in IN_THE_BOOKS)
# Asked for in every round over all users: making them anew takes longer than running them.
_COUNTED = (
    select(
        _E.c.id,
        _E.c.account_id,
        _A.c.booked_date,
        _A.c.minor,
        _A.c.currency,
        _A.c.flow,
        _E.c.merchant_key,
        _E.c.payee,
        _A.c.category,
    )
    .join(_E, _E.c.id == _A.c.entry_id)
    .where(
        _A.c.user_id == bindparam("user"),
        _A.c.live,
        _A.c.flow == bindparam("of_flow"),
        _A.c.month >= bindparam("first_month"),
        _A.c.month <= bindparam("last_month"),
        _A.c.booked_date >= bindparam("since"),
        _A.c.booked_date < bindparam("before"),
    )
    .order_by(_A.c.booked_date, _A.c.entry_id, _A.c.id)
)
_BOOKED = (
    select(
        _E.c.id,
        _E.c.account_id,
        _E.c.booked_date,
        _E.c.minor,
        _E.c.currency,
        _E.c.flow,
        _E.c.merchant_key,
        _E.c.payee,
        _CATEGORY,
    )
    .where(
        _E.c.user_id == bindparam("user"),
        _E.c.state.in_(bindparam("states", expanding=True)),
        _E.c.flow != Flow.OPENING.value,
        _E.c.booked_date >= bindparam("since"),
        _E.c.booked_date < bindparam("before"),
    )
    .order_by(_E.c.booked_date, _E.c.id)
)


class MovementQueries:
    """Reads movements; never writes."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def counted(
        self, user_id: UserId, period: Period, flow: Flow = Flow.SPEND
    ) -> tuple[Movement, ...]:
        """Return what counted as spending (or income), one a category of an entry, oldest first."""
        values = {
            "user": user_id,
            "of_flow": flow.value,
            "first_month": month_number(period.start),
            "last_month": month_number(period.end),
            "since": period.start,
            "before": period.end,
        }
        return tuple(_movement(row) for row in self._connection.execute(_COUNTED, values))

    def typed(self, user_id: UserId, entry_ids: Iterable[int]) -> frozenset[int]:
        """Return which of some entries the user wrote himself."""
        query = select(_E.c.id).where(
            _E.c.user_id == user_id, _E.c.id.in_(list(entry_ids)), _E.c.source == "manual"
        )
        return frozenset(self._connection.execute(query).scalars())

    def booked(
        self, user_id: UserId, period: Period, *, pending: bool = True
    ) -> tuple[Movement, ...]:
        """Return entries as their accounts see them, transfers included, openings not."""
        states = _LIVE if pending else (EntryState.POSTED.value,)
        values = {
            "user": user_id,
            "states": states,
            "since": period.start,
            "before": period.end,
        }
        return tuple(_movement(row) for row in self._connection.execute(_BOOKED, values))


def _movement(row: Iterable[Any]) -> Movement:
    number, account_id, on, minor, currency, flow, key, payee, category = row
    return Movement(
        entry_id=number,
        account_id=account_id,
        on=on,
        minor=int(minor),
        currency=currency,
        flow=Flow(flow),
        merchant_key=key,
        payee=payee,
        category=category,
    )
