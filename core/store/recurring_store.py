"""Looks for what comes back in the books, and brings subscriptions, bills and pay in line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from core.ids import UserId
from core.money import Money
from core.schedules.banking import IsBankDay
from core.store.bill_store import BillStore
from core.store.charge_queries import LOOK_BACK, ChargeQueries
from core.store.subscription_store import SubscriptionStore
from core.store.user_lock import UserLock
from core.store.vault import Vault
from core.subscriptions.charge import Charge
from core.subscriptions.detect import Stream, detect, detect_income


class RecurringStore:
    """One look at the books for everything that recurs in them."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._charges = ChargeQueries(connection)
        self._subscriptions = SubscriptionStore(connection, vault)
        self._bills = BillStore(connection, vault)
        self._lock = UserLock(connection)

    def refresh(
        self, user_id: UserId, *, today: date, now: datetime, is_bank_day: IsBankDay
    ) -> int:
        """Look again; return how many subscriptions, bills and pays changed.

        From here to the end of the transaction nobody else changes this user's books: what is
        written back is what was read.
        """
        self._lock.hold(user_id)
        since = today - LOOK_BACK
        spent = detect(self._charges.spending(user_id, since), today=today)
        earned = detect_income(self._charges.income(user_id, since), today=today)
        cards = tuple(_card_streams(self._charges.card_payments(user_id, since), today))
        changed = self._subscriptions.reconcile(user_id, spent, now=now)
        return changed + self._bills.reconcile(
            user_id, (*spent, *earned, *cards), is_bank_day=is_bank_day, now=now
        )


def _card_streams(payments: list[Charge], today: date) -> Iterator[Stream]:
    """Give the streams of payments to own cards: only their days recur, never their amounts."""
    minors = {one.entry_id: one.minor for one in payments}
    for stream in detect((replace(one, minor=100_00) for one in payments), today=today):
        last = minors[stream.entry_ids[-1]]
        paid = tuple(
            (day, minors[entry_id])
            for (day, _), entry_id in zip(stream.paid, stream.entry_ids, strict=True)
        )
        yield replace(stream, amount=Money(last, stream.amount.currency), paid=paid, change=None)
