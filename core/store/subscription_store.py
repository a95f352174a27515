"""Subscriptions: what the ledger shows, kept in line with what the user decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money
from core.schedules.leads import leads_from_text, leads_to_text
from core.store.tables import plan as tables
from core.store.vault import Vault
from core.subscriptions.cadence import Cadence
from core.subscriptions.detect import Stream, subscriptions_in
from core.subscriptions.reconcile import reconciled
from core.subscriptions.subscription import Subscription, SubscriptionStatus

_T = tables.subscriptions
# Asked for in every round over all users: making it anew takes longer than running it.
_OF = select(_T).where(_T.c.user_id == bindparam("user"))


class SubscriptionUnknown(FinanceError):
    """The user has no such subscription."""

    code = "subscription.unknown"


class SubscriptionStore:
    """Keeps subscriptions and finds new ones in the ledger."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def of(self, user_id: UserId) -> tuple[Subscription, ...]:
        """Return all of a user's subscriptions, running ones first, then by name."""
        rows = self._connection.execute(_OF, {"user": user_id}).mappings()
        found = [_subscription(row) for row in rows]
        return tuple(sorted(found, key=lambda item: (not item.live, item.name, item.id)))

    def get(self, user_id: UserId, subscription_id: int) -> Subscription:
        """Return one of the user's subscriptions; raise `SubscriptionUnknown`."""
        found = self.find(user_id, subscription_id)
        if found is None:
            raise SubscriptionUnknown
        return found

    def find(self, user_id: UserId, subscription_id: int) -> Subscription | None:
        """Return one of the user's subscriptions, nothing when it is not there any more."""
        query = select(_T).where(_T.c.id == subscription_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        return _subscription(row) if row is not None else None

    def save(self, subscription: Subscription, *, now: datetime) -> None:
        """Store a new subscription (id 0) or what changed about a known one."""
        values = _values(subscription, now)
        if subscription.id:
            self._connection.execute(update(_T).where(_T.c.id == subscription.id).values(**values))
            return
        stream = "|".join(
            (
                str(subscription.account_id),
                subscription.merchant_key,
                subscription.amount.currency,
                subscription.first_date.isoformat(),
                str(subscription.amount.minor),
            )
        )
        self._connection.execute(insert(_T).values(**values, stream=stream[:120]))

    def reconcile(self, user_id: UserId, streams: Iterable[Stream], *, now: datetime) -> int:
        """Take over what the ledger shows; return how many records changed."""
        changed = reconciled(self.of(user_id), subscriptions_in(streams), user_id=user_id)
        for subscription in changed:
            self.save(subscription, now=now)
        return len(changed)


def _values(item: Subscription, now: datetime) -> dict[str, Any]:
    return {
        "user_id": item.user_id,
        "account_id": item.account_id,
        "merchant_key": item.merchant_key,
        "name": item.name,
        "minor": item.amount.minor,
        "currency": item.amount.currency,
        "cadence": item.cadence.value,
        "status": item.status.value,
        "first_date": item.first_date,
        "last_date": item.last_date,
        "next_date": item.next_date,
        "previous_minor": item.previous_amount.minor if item.previous_amount else None,
        "price_changed_on": item.price_changed_on,
        "trial_ends": item.trial_ends,
        "lead_days": leads_to_text(item.lead_days),
        "updated_at": now,
    }


def _subscription(row: RowMapping) -> Subscription:
    currency, previous = row["currency"], row["previous_minor"]
    return Subscription(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        merchant_key=row["merchant_key"],
        name=row["name"],
        account_id=AccountId(row["account_id"]),
        amount=Money(row["minor"], currency),
        cadence=Cadence(row["cadence"]),
        status=SubscriptionStatus(row["status"]),
        first_date=row["first_date"],
        last_date=row["last_date"],
        next_date=row["next_date"],
        previous_amount=Money(previous, currency) if previous is not None else None,
        price_changed_on=row["price_changed_on"],
        trial=row["trial_ends"] is not None,
        trial_ends=row["trial_ends"],
        lead_days=leads_from_text(row["lead_days"]),
    )
