"""Bills and pay, the user's word on single due days, and how all of it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from core.bills.bill import (
    MOST_BILLS,
    Bill,
    BillKind,
    BillSource,
    BillState,
    TooManyBills,
    move,
)
from core.bills.expected import Expected, of_bill, of_subscription
from core.bills.reconcile import bills_among, reconciled
from core.bills.standing import LOOK_BACK, Due, DueState, Mark, standing
from core.errors import FinanceError
from core.ids import AccountId, UserId
from core.money import Money
from core.schedules.banking import IsBankDay, Roll
from core.schedules.leads import leads_from_text, leads_to_text
from core.store.account_store import AccountStore
from core.store.charge_queries import ChargeQueries
from core.store.subscription_store import SubscriptionStore
from core.store.tables import plan as tables
from core.store.vault import Vault
from core.subscriptions.cadence import Cadence
from core.subscriptions.detect import Stream

_T, _M = tables.bills, tables.bill_marks
# Asked for in every round over all users: making it anew takes longer than running it.
_OF = select(_T).where(_T.c.user_id == bindparam("user")).order_by(_T.c.name, _T.c.id)


class BillUnknown(FinanceError):
    """The user has no such bill."""

    code = "bill.unknown"


class BillStore:
    """Keeps bills and reads how expected payments stand: one query for chat, alert and feed."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self._charges = ChargeQueries(connection)

    def of(self, user_id: UserId) -> tuple[Bill, ...]:
        """Return the user's bills and pay that are expected, by name."""
        return tuple(one for one in self._all(user_id) if one.live)

    def get(self, user_id: UserId, bill_id: int) -> Bill:
        """Return one bill of the user's in any state; raise `BillUnknown`."""
        query = select(_T).where(_T.c.id == bill_id, _T.c.user_id == user_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise BillUnknown
        return _bill(row)

    def add(self, bill: Bill, *, now: datetime) -> Bill:
        """Store a new bill and return it with its id; raise `TooManyBills`."""
        query = select(func.count()).where(
            _T.c.user_id == bill.user_id, _T.c.state == BillState.ACTIVE.value
        )
        if self._connection.execute(query).scalar_one() >= MOST_BILLS:
            raise TooManyBills(limit=MOST_BILLS)
        result = self._connection.execute(insert(_T).values(**_values(bill, now), created_at=now))
        return replace(bill, id=int(result.inserted_primary_key[0]))  # type: ignore[index]

    def save(self, bill: Bill, *, now: datetime) -> None:
        """Write what changed about a bill."""
        self._connection.execute(
            update(_T)
            .where(_T.c.id == bill.id, _T.c.user_id == bill.user_id)
            .values(**_values(bill, now))
        )

    def set_state(self, user_id: UserId, bill_id: int, state: BillState, *, now: datetime) -> Bill:
        """End, delete or bring back; return the bill as it was."""
        before = self.get(user_id, bill_id)
        self.save(move(before, state), now=now)
        return before

    def mark(self, user_id: UserId, mark: Mark, *, now: datetime) -> None:
        """Keep the user's word on one due day."""
        self.unmark(user_id, mark.subject, mark.due)
        self._connection.execute(
            insert(_M).values(
                user_id=user_id,
                subject=mark.subject,
                due_on=mark.due,
                state=mark.state.value,
                marked_on=mark.marked_on,
                created_at=now,
            )
        )

    def unmark(self, user_id: UserId, subject: str, due: date) -> None:
        """Take the user's word on one due day back."""
        self._connection.execute(
            delete(_M).where(_M.c.user_id == user_id, _M.c.subject == subject, _M.c.due_on == due)
        )

    def reconcile(
        self,
        user_id: UserId,
        streams: Iterable[Stream],
        *,
        is_bank_day: IsBankDay,
        now: datetime,
    ) -> int:
        """Take over what the books show; return how many records changed."""
        changed = reconciled(
            self._all(user_id), bills_among(streams), user_id=user_id, bank_days=is_bank_day
        )
        for bill in changed:
            if bill.id:
                self.save(bill, now=now)
            else:
                self.add(_with_card(bill), now=now)
        return len(changed)

    def expected(self, user_id: UserId) -> tuple[Expected, ...]:
        """Return all that is expected: bills, pay and subscriptions.

        What has to be paid on a card is what is owed on it now.
        """
        subscriptions = SubscriptionStore(self._connection, self._vault).of(user_id)
        bills = [of_bill(one) for one in self.of(user_id)]
        found = [*bills, *(of_subscription(one) for one in subscriptions if one.live)]
        if not any(one.pays_account_id for one in found):
            return tuple(found)
        balances = AccountStore(self._connection, self._vault).balances(user_id)
        owed = {int(one.account.id): -one.posted for one in balances}
        return tuple(_as_owed(one, owed) for one in found)

    def dues(
        self, user_id: UserId, *, today: date, last: date, is_bank_day: IsBankDay
    ) -> tuple[Due, ...]:
        """Return every due day from 45 days ago to ``last``, and what became of it."""
        since = today - LOOK_BACK - LOOK_BACK
        expected = self.expected(user_id)
        if not expected:
            return ()
        spent = self._charges.spending(user_id, since)
        return standing(
            expected,
            self._charges.income(user_id, since),
            [*spent, *self._charges.card_payments(user_id, since)],
            span=(today, last),
            marks=self._marks(user_id, since),
            is_bank_day=is_bank_day,
        )

    def books_reach(self, user_id: UserId) -> date | None:
        """Return the day of the newest entry: what should have come later may only be missing."""
        return self._charges.newest(user_id)

    def _all(self, user_id: UserId) -> tuple[Bill, ...]:
        rows = self._connection.execute(_OF, {"user": user_id}).mappings()
        return tuple(_bill(row) for row in rows)

    def _marks(self, user_id: UserId, since: date) -> tuple[Mark, ...]:
        query = select(_M).where(_M.c.user_id == user_id, _M.c.due_on >= since)
        return tuple(
            Mark(row.subject, row.due_on, DueState(row.state), row.marked_on)
            for row in self._connection.execute(query)
        )


def _with_card(bill: Bill) -> Bill:
    """Read from the key of a card's payments which card it is."""
    kind, _, number = bill.merchant_key.partition(":")
    return replace(bill, pays_account_id=AccountId(int(number))) if kind == "card" else bill


def _as_owed(one: Expected, owed: dict[int, Money]) -> Expected:
    amount = owed.get(one.pays_account_id or 0)
    if amount is None or amount.minor <= 0 or amount.currency != one.amount.currency:
        return one
    return replace(one, owed=amount)


def _values(bill: Bill, now: datetime) -> dict[str, Any]:
    return {
        "user_id": bill.user_id,
        "kind": bill.kind.value,
        "source": bill.source.value,
        "name": bill.name,
        "minor": bill.amount.minor,
        "currency": bill.amount.currency,
        "varies": bill.varies,
        "cadence": bill.cadence.value,
        "anchor": bill.anchor,
        "day": bill.day,
        "roll": bill.roll.value,
        "state": bill.state.value,
        "merchant_key": bill.merchant_key,
        "category": bill.category,
        "account_id": bill.account_id,
        "pays_account_id": bill.pays_account_id,
        "first_date": bill.first_date,
        "last_date": bill.last_date,
        "previous_minor": bill.previous_amount.minor if bill.previous_amount else None,
        "price_changed_on": bill.price_changed_on,
        "lead_days": leads_to_text(bill.lead_days),
        "updated_at": now,
    }


def _bill(row: RowMapping) -> Bill:
    currency, previous = row["currency"], row["previous_minor"]
    card, account = row["pays_account_id"], row["account_id"]
    return Bill(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        kind=BillKind(row["kind"]),
        source=BillSource(row["source"]),
        name=row["name"],
        amount=Money(row["minor"], currency),
        cadence=Cadence(row["cadence"]),
        anchor=row["anchor"],
        first_date=row["first_date"],
        state=BillState(row["state"]),
        varies=row["varies"],
        day=row["day"],
        roll=Roll(row["roll"]),
        merchant_key=row["merchant_key"],
        category=row["category"],
        account_id=None if account is None else AccountId(account),
        pays_account_id=None if card is None else AccountId(card),
        last_date=row["last_date"],
        previous_amount=None if previous is None else Money(previous, currency),
        price_changed_on=row["price_changed_on"],
        lead_days=leads_from_text(row["lead_days"]),
    )
