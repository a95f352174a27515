"""Debts with their terms; what is owed on an account of the user's own is read there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.debts.debt import MOST_DEBTS, Debt, DebtState, TooManyDebts, move
from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money
from core.store.account_store import AccountStore
from core.store.tables import plan as tables
from core.store.vault import Vault

_T = tables.debts


class DebtUnknown(FinanceError):
    """The user has no such debt."""

    code = "debt.unknown"


class DebtStore:
    """Keeps debts."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def of(self, user_id: UserId) -> tuple[Debt, ...]:
        """Return the user's debts that are not deleted, with what is owed on them now."""
        query = (
            select(_T)
            .where(_T.c.user_id == user_id, _T.c.state == DebtState.ACTIVE.value)
            .order_by(_T.c.id)
        )
        found = [_debt(row) for row in self._connection.execute(query).mappings()]
        balances = AccountStore(self._connection, self._vault).balances(user_id)
        owed = {
            one.account.id: Money(max(-one.available.minor, 0), one.account.currency)
            for one in balances
        }
        return tuple(
            replace(one, owed=owed.get(one.account_id, one.owed)) if one.account_id else one
            for one in found
        )

    def get(self, user_id: UserId, debt_id: int) -> Debt:
        """Return one debt of the user's in any state; raise `DebtUnknown`."""
        query = select(_T).where(_T.c.id == debt_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise DebtUnknown
        return _debt(row)

    def add(self, debt: Debt, *, now: datetime) -> Debt:
        """Store a new debt and return it with its id."""
        if len(self.of(debt.user_id)) >= MOST_DEBTS:
            raise TooManyDebts(limit=MOST_DEBTS)
        result = self._connection.execute(insert(_T).values(**_values(debt), created_at=now))
        return replace(debt, id=int(result.inserted_primary_key[0]))  # type: ignore[index]

    def save(self, debt: Debt) -> None:
        """Write what changed about a debt."""
        self._connection.execute(
            update(_T)
            .where(_T.c.id == debt.id, _T.c.user_id == debt.user_id)
            .values(**_values(debt))
        )

    def set_state(self, user_id: UserId, debt_id: int, state: DebtState) -> Debt:
        """Delete or bring back; return the debt as it was."""
        before = self.get(user_id, debt_id)
        self.save(move(before, state))
        return before


def _values(debt: Debt) -> dict[str, Any]:
    return {
        "user_id": debt.user_id,
        "name": debt.name,
        "account_id": debt.account_id,
        "minor": debt.owed.minor,
        "currency": debt.owed.currency,
        "rate_percent": f"{debt.rate_percent:f}",
        "minimum_minor": debt.minimum.minor,
        "state": debt.state.value,
    }


def _debt(row: RowMapping) -> Debt:
    account = row["account_id"]
    return Debt(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        name=row["name"],
        owed=Money(row["minor"], row["currency"]),
        rate_percent=Decimal(row["rate_percent"]),
        minimum=Money(row["minimum_minor"], row["currency"]),
        account_id=None if account is None else AccountId(account),
        state=DebtState(row["state"]),
    )
