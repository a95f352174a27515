"""Entries to book, what must hold in any books, and what books look like, to compare them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy import Connection, text

from core.ids import AccountId, EntryId, UserId
from core.ledger.entry import Allocation, EntryState, Flow, NewEntry, Source, counted
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money
from core.store.sweep.books import contradictions
from core.store.unit_of_work import Database, UnitOfWork
from tests.people import TODAY, Person

GROCERIES, COFFEE = "FOOD_AND_DRINK_GROCERIES", "FOOD_AND_DRINK_COFFEE"
TAXI, WAGES = "TRANSPORTATION_TAXIS_AND_RIDE_SHARES", "INCOME_WAGES"
MOVED_OUT, MOVED_IN = "TRANSFER_OUT_ACCOUNT_TRANSFER", "TRANSFER_IN_ACCOUNT_TRANSFER"
# For what is slow to try often: each time on SQLite, on PostgreSQL with the slow tests.
ON_BOTH = pytest.mark.parametrize(
    "database",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
    indirect=True,
)
# Examples with a database behind them cost more than others.
DEAR = settings(
    max_examples=max(5, settings().max_examples // 8),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CATEGORY_OF = {
    Flow.SPEND: GROCERIES,
    Flow.INCOME: WAGES,
    Flow.MOVE: MOVED_OUT,
}


def machine(*, steps: int, share: int) -> settings:
    """Return how long a machine runs: ``share`` is by how much its examples are fewer.

    A failure is not shrunk: on a database that takes minutes, and the steps tell it as well.
    """
    return settings(
        max_examples=max(4, settings().max_examples // share),
        stateful_step_count=steps,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def changing(database: Database) -> Iterator[UnitOfWork]:
    """Open a unit of work and keep it when the block ends well."""
    with database.work() as uow:
        yield uow
        uow.commit()


def entry(
    account_id: AccountId,
    amount: Money,
    *,
    flow: Flow = Flow.SPEND,
    day: date = TODAY,
    state: EntryState = EntryState.POSTED,
    parts: Sequence[tuple[str, Money]] = (),
    **more: Any,
) -> NewEntry:
    """Return an entry to book; ``amount`` is negative for money out of the account."""
    allocations = tuple(Allocation(category, share, "user") for category, share in parts)
    if not parts and flow is not Flow.OPENING:
        allocations = (Allocation(CATEGORY_OF[flow], counted(flow, amount), "user"),)
    values: dict[str, Any] = {
        "payee": "Corner Shop",
        "merchant_key": "corner shop",
        "source": Source.MANUAL,
        **more,
    }
    return NewEntry(
        account_id=account_id,
        booked_date=day,
        amount=amount,
        flow=flow,
        allocations=allocations,
        state=state,
        **values,
    )


def book(person: Person, *entries: NewEntry) -> tuple[EntryId, ...]:
    """Book entries of one person in one unit of work."""
    with changing(person.database) as uow:
        return uow.ledger.book_many(person.id, entries, now=person.user.created_at)


def breaches(uow: UnitOfWork, user_id: UserId) -> list[str]:
    """Return every way in which a user's books contradict themselves; none is how it must be."""
    return [
        *contradictions(uow.connection, user_id),
        *(f"balance differs: {account}" for account in uow.accounts.mismatches(user_id)),
    ]


def assert_sound(person: Person) -> None:
    """Check everything that must hold in a person's books."""
    with person.database.reading() as uow:
        assert breaches(uow, person.id) == []


def picture(uow: UnitOfWork, user_id: UserId) -> dict[str, Any]:
    """Return what a user can see of the books: figures first, without internal ids of rows."""
    return {
        "balances": sorted(
            (item.account.name, item.posted.plain, item.pending.plain, item.account.currency)
            for item in uow.accounts.balances(user_id)
            if item.posted or item.pending
        ),
        "spending": _sums(uow, user_id, Flow.SPEND),
        "income": _sums(uow, user_id, Flow.INCOME),
        "entries": sorted(_entries(uow, user_id)),
        "budgets": sorted(
            (item.category, item.limit.plain, item.cadence.value, item.state.value)
            for item in uow.budgets.of(user_id)
        ),
        "rules": sorted(
            (r.merchant_key, r.category, str(r.conditions)) for r in uow.decisions.rules(user_id)
        ),
        "cases": sorted((c.key, c.category, str(c.payment)) for c in uow.decisions.cases(user_id)),
        "assertions": _assertions(uow.connection, user_id),
        "preferences": str(uow.users.get(user_id).preferences),
    }


def look(person: Person) -> dict[str, Any]:
    """Return the picture of a person's books."""
    with person.database.reading() as uow:
        return picture(uow, person.id)


def figures(seen: dict[str, Any]) -> str:
    """Return the hash of balances and spending alone."""
    told = {name: seen[name] for name in ("balances", "spending", "income")}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def spent(person: Person, query: EntryQuery | None = None) -> int:
    """Return what was spent, in minor units of the person's own currency."""
    asked = query or EntryQuery(flow=Flow.SPEND, currency=person.currency)
    with person.database.reading() as uow:
        return sum(item.minor for item in uow.entries.totals(person.id, asked))


def _sums(uow: UnitOfWork, user_id: UserId, flow: Flow) -> list[tuple[Any, ...]]:
    by = (GroupBy.CATEGORY, GroupBy.MONTH, GroupBy.ACCOUNT)
    return [
        (group.value, *total)
        for group in by
        for total in sorted(
            (one.label or one.key, one.currency, one.minor, one.rows)
            for one in uow.entries.totals(user_id, EntryQuery(flow=flow), group)
        )
    ]


def _entries(uow: UnitOfWork, user_id: UserId) -> list[tuple[Any, ...]]:
    found = uow.entries.find(user_id, EntryQuery(limit=100_000))
    return [
        (
            item.booked_date.isoformat(),
            item.account,
            item.amount.minor,
            item.flow.value,
            item.state.value,
            item.payee,
            item.merchant_key,
            item.description,
            sorted((part.category, part.amount.minor, part.locked) for part in item.allocations),
            uow.categories.note(user_id, item.id),
        )
        for item in found
    ]


def _assertions(connection: Connection, user_id: UserId) -> list[tuple[Any, ...]]:
    query = (
        "SELECT a.name, b.on_date, b.minor FROM balance_assertions b "
        "JOIN accounts a ON a.id = b.account_id WHERE a.user_id = :user ORDER BY 1, 2, 3"
    )
    return [
        (row[0], str(row[1]), row[2]) for row in connection.execute(text(query), {"user": user_id})
    ]
