"""What a payment is called by both its banks: found again when the other one tells of it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import IN_THE_BOOKS
from core.money import Money
from core.store.insert_once import insert_once
from core.store.tables import ledger, review
from core.store.vault import Vault

_R, _E = review.references, ledger.entries
# A bank may book a payment some days after its message.
_AROUND = timedelta(days=10)
_SAME = timedelta(days=1)
# Shorter ones are cut off, or no references; they are not looked for inside of texts.
_LONG_ENOUGH = 8


class ReferenceStore:
    """Keeps references beside entries; only their blind index is in the database."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault

    def keep(self, user_id: UserId, entry_id: EntryId, reference: str) -> None:
        """Remember that a payment is also called ``reference``."""
        values = {
            "user_id": user_id,
            "reference_index": self._index(reference),
            "entry_id": entry_id,
        }
        insert_once(self._connection, _R, values)

    def entries(self, user_id: UserId, reference: str, around: date) -> tuple[EntryId, ...]:
        """Return the entries in the books that carry a reference, kept or in the bank's text."""
        told = select(_R.c.entry_id).where(
            _R.c.user_id == user_id, _R.c.reference_index == self._index(reference)
        )
        known: ColumnElement[bool] = _E.c.id.in_(told)
        if len(reference) >= _LONG_ENOUGH:
            near = _E.c.booked_date.between(around - _AROUND, around + _AROUND)
            known = or_(known, and_(near, _E.c.description.contains(reference, autoescape=True)))
        query = select(_E.c.id).where(_E.c.user_id == user_id, _in_the_books(), known)
        return tuple(EntryId(row[0]) for row in self._connection.execute(query.order_by(_E.c.id)))

    def unclaimed(
        self, user_id: UserId, account_id: AccountId, amount: Money, day: date
    ) -> tuple[EntryId, ...]:
        """Return the exact look-alikes of a payment that no other reference stands for yet."""
        claimed = select(_R.c.entry_id).where(_R.c.user_id == user_id)
        query = select(_E.c.id).where(
            _E.c.user_id == user_id,
            _E.c.booked_date.between(day - _SAME, day + _SAME),
            _E.c.account_id == account_id,
            _E.c.minor == amount.minor,
            _in_the_books(),
            _E.c.id.not_in(claimed),
        )
        return tuple(EntryId(row[0]) for row in self._connection.execute(query.order_by(_E.c.id)))

    def _index(self, reference: str) -> str:
        return self._vault.index("entries.reference", reference)


def _in_the_books() -> ColumnElement[bool]:
    return _E.c.state.in_([state.value for state in IN_THE_BOOKS])
