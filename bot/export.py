"""A user's books as files: CSV for spreadsheets, JSON for programs, a journal for hledger."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.errors import FinanceError
from core.ledger.account import Balance
from core.ledger.entry import Flow, JournalEntry
from core.ledger.search import EntryQuery
from core.store.unit_of_work import Database, UnitOfWork
from core.users.preferences_json import preferences_to_json
from core.users.user import User

FORMATS = ("csv", "json", "hledger")
WHAT = ("transactions", "budgets", "all")
_PAGE = 5000
# Spreadsheets run a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "date",
    "account",
    "amount",
    "currency",
    "payee",
    "category",
    "state",
    "source",
    "description",
)


class FormatDoesNotFit(FinanceError):
    """This content cannot be written in this format."""

    code = "export.format"


def export(database: Database, user: User, *, what: str, form: str) -> str:
    """Return the user's books as text; raise `FormatDoesNotFit`."""
    with database.reading() as uow:
        if what == "transactions" and form == "csv":
            return _csv(_entries(uow, user))
        if what in ("transactions", "all") and form == "hledger":
            return _journal(_entries(uow, user))
        if form == "json":
            return json.dumps(_as_json(uow, user, what), ensure_ascii=False, indent=2)
        if what == "budgets" and form == "csv":
            return _budgets_csv(uow, user)
    raise FormatDoesNotFit(what=what, format=form)


def _entries(uow: UnitOfWork, user: User) -> Iterator[JournalEntry]:
    query = EntryQuery(limit=_PAGE)
    while True:
        page = uow.entries.find(user.id, query)
        yield from page
        if len(page) < _PAGE:
            return
        query = replace(query, offset=query.offset + _PAGE)


def _csv(entries: Iterator[JournalEntry]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for entry in entries:
        row = _fields(entry)
        safe = {name: _safe(row[name]) for name in ("account", "payee", "category", "description")}
        row |= safe
        writer.writerow([row[name] for name in _COLUMNS])
    return out.getvalue()


def _fields(entry: JournalEntry) -> dict[str, str]:
    return {
        "date": entry.booked_date.isoformat(),
        "account": entry.account,
        "amount": entry.amount.plain,
        "currency": entry.amount.currency,
        "payee": entry.payee,
        "category": entry.category,
        "state": entry.state.value,
        "source": entry.source.value,
        "description": entry.description,
    }


def _safe(text: str) -> str:
    """Keep a spreadsheet from running foreign text as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _as_json(uow: UnitOfWork, user: User, what: str) -> dict[str, Any]:
    budgets = [
        {
            "category": item.category,
            "limit": item.limit.plain,
            "currency": item.limit.currency,
            "cadence": item.cadence.value,
            "state": item.state.value,
        }
        for item in uow.budgets.of(user.id)
    ]
    if what == "budgets":
        return {"budgets": budgets}
    entries = [
        {
            **_fields(entry),
            "id": entry.handle,
            "flow": entry.flow.value,
            "allocations": [
                {"category": part.category, "amount": part.amount.plain, "locked": part.locked}
                for part in entry.allocations
            ],
        }
        for entry in _entries(uow, user)
    ]
    if what == "transactions":
        return {"transactions": entries}
    return {
        "preferences": preferences_to_json(user.preferences),
        "accounts": [_account(item) for item in uow.accounts.balances(user.id)],
        "budgets": budgets,
        "rules": [
            {"merchant": rule.merchant, "category": rule.category}
            for rule in uow.categories.rules(user.id)
        ],
        "subscriptions": [
            {
                "name": item.name,
                "amount": item.amount.plain,
                "currency": item.amount.currency,
                "cadence": item.cadence.value,
                "status": item.status.value,
            }
            for item in uow.subscriptions.of(user.id)
        ],
        "transactions": entries,
    }


def _account(item: Balance) -> dict[str, str]:
    return {
        "name": item.account.name,
        "kind": item.account.kind.value,
        "currency": item.account.currency,
        "posted": item.posted.plain,
        "pending": item.pending.plain,
    }


def _budgets_csv(uow: UnitOfWork, user: User) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["category", "limit", "currency", "cadence", "state"])
    for item in uow.budgets.of(user.id):
        limit = item.limit
        row = [item.category, limit.plain, limit.currency, item.cadence.value, item.state.value]
        writer.writerow(row)
    return out.getvalue()


_OTHER_SIDE = {
    Flow.SPEND: "expenses",
    Flow.INCOME: "income",
    Flow.MOVE: "equity:transfers",
    Flow.EXCHANGE: "equity:exchange",
    Flow.OPENING: "equity:opening",
}


def _journal(entries: Iterator[JournalEntry]) -> str:
    """Write a plain-text journal; every transaction balances to the last minor unit."""
    parts = []
    for entry in sorted(entries, key=lambda item: (item.booked_date, item.id)):
        title = _plain(entry.payee) or _plain(entry.source.value)
        lines = [f"{entry.booked_date.isoformat()} {title}"]
        currency = entry.amount.currency
        lines.append(f"    assets:{_plain(entry.account)}  {entry.amount.plain} {currency}")
        side = _OTHER_SIDE[entry.flow]
        sign = -1 if entry.flow is Flow.INCOME else 1
        for part in entry.allocations:
            amount = part.amount.times(sign)
            lines.append(f"    {side}:{_plain(part.category)}  {amount.plain} {currency}")
        if not entry.allocations:
            lines.append(f"    {side}  {(-entry.amount).plain} {currency}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Leave out what would mean something else in a journal."""
    kept = "".join(char if char.isalnum() or char in " _-.&'" else " " for char in text)
    return " ".join(kept.split())
