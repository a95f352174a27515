"""What is safe to spend: balances, dues and goals read together, the same for chat and alert."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from core.bills.safe import Safe, safe_to_spend
from core.bills.standing import Due
from core.goals.claims import held_from_cash
from core.ids import UserId
from core.ledger.account import Balance
from core.money import Money
from core.schedules.banking import IsBankDay
from core.store.account_store import AccountStore
from core.store.bill_store import BillStore
from core.store.goal_store import GoalStore
from core.store.pocket_queries import PocketQueries
from core.store.vault import Vault

# How far ahead the next pay is looked for.
_HORIZON = timedelta(days=70)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What is safe to spend, and every due day it was worked out from."""

    safe: Safe
    dues: tuple[Due, ...]


class SafeQueries:
    """Reads what is safe to spend; never writes."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._accounts = AccountStore(connection, vault)
        self._bills = BillStore(connection, vault)
        self._goals = GoalStore(connection, vault)
        self._pockets = PocketQueries(connection)

    def reckon(
        self,
        user_id: UserId,
        *,
        today: date,
        until: date | None,
        currency: str,
        is_bank_day: IsBankDay,
        pay_on: date | None = None,
    ) -> Reckoning:
        """Work out what may be spent until ``until``, or the next pay: ``pay_on`` if it is told."""
        last = max(today + _HORIZON, until or today)
        dues = self._bills.dues(user_id, today=today, last=last, is_bank_day=is_bank_day)
        balances = self._accounts.balances(user_id)
        used = self._pockets.of(user_id, balances, currency=currency, today=today)
        set_aside = self.set_aside(user_id, used, currency) or Money.zero(currency)
        safe = safe_to_spend(
            used,
            dues,
            today=today,
            until=until,
            set_aside=set_aside,
            pay_on=pay_on,
        )
        return Reckoning(safe, dues)

    def set_aside(self, user_id: UserId, used: Collection[Balance], currency: str) -> Money | None:
        """Return how much of the accounts ``used`` goals claim; nothing without a goal."""
        goals = self._goals.of(user_id)
        if not goals:
            return None
        balances = self._accounts.balances(user_id)
        saved = self._goals.saved(user_id, goals, balances)
        return held_from_cash(
            goals, saved, balances, {int(one.account.id) for one in used}, currency
        )
