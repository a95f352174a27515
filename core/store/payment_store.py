"""Payees, and payments to them: the money is held in the same transaction that counts the day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from core.ids import AccountId, UserId
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.money import Money
from core.payments.contact import Contact, ContactUnknown
from core.payments.payment import HOLD_LIFE, Payment, PaymentState, check_day, sources
from core.store.hold_store import HoldStore
from core.store.insert_once import insert_once
from core.store.tables import payment as tables
from core.store.user_lock import UserLock
from core.store.vault import Vault

_C, _P = tables.contacts, tables.payments
_CATEGORY = "TRANSFER_OUT_OTHER_TRANSFER_OUT"


class PaymentStore:
    """Keeps payees and payments."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self._holds = HoldStore(connection, vault)
        self._lock = UserLock(connection)

    def add_contact(self, contact: Contact, *, key: str) -> bool:
        """Keep a payee once for each key; the database gives its number."""
        details = {"name": contact.name, "number": contact.number}
        return insert_once(
            self._connection,
            _C,
            {
                "user_id": contact.user_id,
                "key": key,
                "details": self._vault.close_json(contact.user_id, _place(key), details),
                "active": contact.active,
                "created_at": contact.created_at,
                "usable_at": contact.usable_at,
            },
        )

    def contacts(self, user_id: UserId) -> tuple[Contact, ...]:
        """Return the user's payees by name."""
        query = select(_C).where(_C.c.user_id == user_id, _C.c.active)
        found = [self._contact(row) for row in self._connection.execute(query).mappings()]
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))

    def contact(self, user_id: UserId, contact_id: int) -> Contact:
        """Return one active payee of the user's; raise `ContactUnknown`."""
        query = select(_C).where(_C.c.id == contact_id, _C.c.user_id == user_id, _C.c.active)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise ContactUnknown
        return self._contact(row)

    def contact_by_key(self, key: str) -> Contact | None:
        """Return the payee that was added under an approval."""
        row = self._connection.execute(select(_C).where(_C.c.key == key)).mappings().first()
        return self._contact(row) if row is not None else None

    def set_active(self, user_id: UserId, contact_id: int, *, active: bool) -> None:
        """Take a payee off the list, or put it back as it was."""
        self._connection.execute(
            update(_C).where(_C.c.id == contact_id, _C.c.user_id == user_id).values(active=active)
        )

    def find(self, key: str) -> Payment | None:
        """Return a payment by its approval's id."""
        row = self._connection.execute(select(_P).where(_P.c.key == key)).mappings().first()
        return _payment(row) if row is not None else None

    def sent_on(self, user_id: UserId, day: date, currency: str) -> Money:
        """Return what left, or may have left, on one day."""
        query = select(func.coalesce(func.sum(_P.c.minor), 0)).where(
            _P.c.user_id == user_id,
            _P.c.on_date == day,
            _P.c.currency == currency,
            _P.c.state != PaymentState.FAILED.value,
        )
        return Money(int(self._connection.execute(query).scalar_one()), currency)

    def reserve(self, payment: Payment, contact: Contact, *, day: date, now: datetime) -> Payment:
        """Hold the money and keep the payment, once for each key.

        The day's limit is counted while nobody else changes this user's data, so that two at the
        same moment cannot both be the last one that fits. Raises `DayLimitReached` or
        `FundsMissing`, and keeps nothing then.
        """
        self._lock.hold(payment.user_id)
        known = self.find(payment.key)
        if known is not None:
            return known
        check_day(self.sent_on(payment.user_id, day, payment.amount.currency), payment.amount)
        hold = self._holds.place(
            payment.user_id,
            payment.account_id,
            payment.amount,
            key=f"pay:{payment.key}",
            label=contact.shown,
            expires_at=now + HOLD_LIFE,
            now=now,
        )
        self._connection.execute(
            insert(_P).values(
                key=payment.key,
                user_id=payment.user_id,
                contact_id=payment.contact_id,
                account_id=payment.account_id,
                hold_id=hold.id,
                minor=payment.amount.minor,
                currency=payment.amount.currency,
                state=PaymentState.RESERVED.value,
                reference="",
                on_date=day,
                created_at=now,
            )
        )
        kept = self.find(payment.key)
        assert kept is not None
        return kept

    def settle(
        self, key: str, state: PaymentState, *, reference: str, day: date, now: datetime
    ) -> bool:
        """Record what became of a payment: accepted books it, failed lets the money go."""
        payment = self.find(key)
        if payment is None or not self._move(key, state, reference=reference, settled_at=now):
            return False
        if state is PaymentState.ACCEPTED:
            contact = self._any_contact(payment.contact_id)
            entry = _entry(payment, contact, day)
            self._holds.capture(
                payment.user_id, payment.hold_id, entry, key=f"pay:{key}", last=True, now=now
            )
        elif state is PaymentState.FAILED:
            self._holds.void(payment.user_id, payment.hold_id, now=now)
        return True

    def on_their_way(self) -> tuple[Payment, ...]:
        """Return what the provider has and the payee may not have yet, oldest first."""
        query = select(_P).where(_P.c.state == PaymentState.SENT.value).order_by(_P.c.created_at)
        return tuple(map(_payment, self._connection.execute(query).mappings()))

    def _any_contact(self, contact_id: int) -> Contact:
        query = select(_C).where(_C.c.id == contact_id)
        return self._contact(self._connection.execute(query).mappings().one())

    def _move(self, key: str, state: PaymentState, **values: object) -> bool:
        allowed = [old.value for old in sources(state)]
        changed = self._connection.execute(
            update(_P)
            .where(_P.c.key == key, _P.c.state.in_(allowed))
            .values(state=state.value, **values)
        )
        return changed.rowcount == 1

    def _contact(self, row: RowMapping) -> Contact:
        user_id = UserId(row["user_id"])
        details = self._vault.open_json(user_id, _place(row["key"]), bytes(row["details"]))
        return Contact(
            id=row["id"],
            user_id=user_id,
            name=details["name"],
            number=details["number"],
            created_at=row["created_at"],
            usable_at=row["usable_at"],
            active=row["active"],
        )


def _entry(payment: Payment, contact: Contact, day: date) -> NewEntry:
    return NewEntry(
        account_id=payment.account_id,
        booked_date=day,
        amount=-payment.amount,
        flow=Flow.MOVE,
        allocations=(Allocation(_CATEGORY, payment.amount, "rule"),),
        payee=contact.shown,
        merchant_key="",
        source=Source.WALLET,
        external_id=f"pay:{payment.key}",
    )


def _payment(row: RowMapping) -> Payment:
    return Payment(
        key=row["key"],
        user_id=UserId(row["user_id"]),
        contact_id=row["contact_id"],
        account_id=AccountId(row["account_id"]),
        amount=Money(row["minor"], row["currency"]),
        state=PaymentState(row["state"]),
        hold_id=row["hold_id"],
        created_at=row["created_at"],
        reference=row["reference"],
    )


def _place(key: str) -> tuple[str, str, str]:
    return ("contacts", "details", key)
