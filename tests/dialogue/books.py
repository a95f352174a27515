"""The books as a dialogue leaves them: read through the stores, compared as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.categories.cover import expand
from core.ids import EntryId, UserId
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.money import Money
from core.period import Grain, period_of
from core.store.tables import ledger
from core.store.unit_of_work import Database, UnitOfWork

_ALL = 100_000


@dataclass(frozen=True, slots=True)
class Books:
    """Everything of one user that a dialogue may change, as values that can be compared."""

    entries: Mapping[int, Mapping[str, Any]]
    balances: Mapping[str, str]
    spent: Mapping[str, Decimal]  # this month by detailed category, in the user's own currency
    budgets: Mapping[str, Mapping[str, str]]
    rules: Mapping[str, str]
    memory: Mapping[str, str]
    preferences: Mapping[str, Any]
    subscriptions: Mapping[str, str] = field(default_factory=dict)

    def spent_on(self, category: str) -> Decimal:
        """Add up what was spent on a category this month, the ones below it included."""
        if not category:
            return sum(self.spent.values(), Decimal(0))
        return sum((self.spent.get(slug, Decimal(0)) for slug in expand(category)), Decimal(0))

    def newest(self, payee: str) -> Mapping[str, Any]:
        """Return the entry booked last whose payee has these words."""
        found = [
            one for one in self.entries.values() if payee.casefold() in one["payee"].casefold()
        ]
        assert found, f"no entry of {payee!r} in the books"
        return max(found, key=lambda one: one["id"])


def read_books(database: Database, user_id: str, today: date) -> Books:
    """Read a user's books as they are now."""
    owner = UserId(user_id)
    with database.reading() as uow:
        preferences = uow.users.get(owner).preferences
        month = period_of(Grain.MONTH, today, preferences.calendar)
        entries = uow.entries.find(owner, EntryQuery(limit=_ALL))
        notes = _notes(uow, owner, entries)
        return Books(
            entries={
                int(one.id): {**_entry(one), "note": notes.get(one.id, "")} for one in entries
            },
            balances={
                item.account.name: item.posted.plain for item in uow.accounts.balances(owner)
            },
            spent=_spent(entries, month.start, month.end, preferences.currency),
            budgets=_budgets(uow, owner, today),
            rules={rule.merchant: rule.category for rule in uow.decisions.rules(owner)},
            memory=uow.decisions.memory(owner),
            preferences=asdict(preferences),
            subscriptions={one.name: one.status.value for one in uow.subscriptions.of(owner)},
        )


def _notes(
    uow: UnitOfWork, owner: UserId, entries: tuple[JournalEntry, ...]
) -> Mapping[EntryId, str]:
    """Read the notes of the entries that the user made; most have none, so one query finds them."""
    table = ledger.notes
    noted = set(uow.connection.scalars(select(table.c.entry_id).where(table.c.field == "note")))
    mine = [one.id for one in entries if one.source == "manual" and one.id in noted]
    return {entry_id: uow.categories.note(owner, entry_id) for entry_id in mine}


def _entry(one: JournalEntry) -> Mapping[str, Any]:
    return {
        "id": int(one.id),
        "handle": one.handle,
        "payee": one.payee,
        "key": one.merchant_key,
        "account": one.account,
        "date": one.booked_date.isoformat(),
        "amount": one.amount.plain,
        "currency": one.amount.currency,
        "flow": one.flow.value,
        "state": one.state.value,
        "category": one.category,
        "parts": tuple((part.category, part.amount.plain) for part in one.allocations),
    }


def _spent(
    entries: tuple[JournalEntry, ...], first: date, end: date, currency: str
) -> Mapping[str, Decimal]:
    """Add the month up from the entries, not with the query that the product itself uses."""
    sums: dict[str, Decimal] = {}
    for one in entries:
        if one.flow != "spend" or one.amount.currency != currency:
            continue
        if not first <= one.booked_date < end:
            continue
        for part in one.allocations:
            sums[part.category] = sums.get(part.category, Decimal(0)) + Decimal(part.amount.plain)
    return sums


def _budgets(uow: UnitOfWork, owner: UserId, today: date) -> Mapping[str, Mapping[str, str]]:
    calendar = uow.users.get(owner).preferences.calendar
    budgets = uow.budgets.of(owner)
    return {
        item.budget.category: {
            "limit": item.budget.limit.plain,
            "cadence": item.budget.cadence.value,
            "state": item.budget.state.value,
            "left": item.left.plain,
        }
        for item in uow.budgets.standing(budgets, today=today, calendar=calendar)
    }


def plain(amount: str) -> str:
    """Write an amount of a file as the books do: two decimals."""
    return Money.of(amount, "USD").plain
