"""A user's books as files: tables, journals, and everything for another installation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.errors import FinanceError
from core.ids import Ids
from core.ledger.account import Balance
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.period import Period
from core.store.portable import BooksUnreadable
from core.store.unit_of_work import UnitOfWork
from core.users.preferences_json import preferences_from_json, preferences_to_json
from core.users.user import User
from tools.export_journal import beancount_journal, hledger_journal
from tools.export_table import budgets_csv, entry_fields, transactions_csv

FORMATS = ("csv", "json", "hledger", "beancount")
WHAT = ("transactions", "budgets", "all")
BOOKS_FORMAT = "financemaster-books"
_VERSION = 1
_MARK = f'"format": "{BOOKS_FORMAT}"'
_HEAD_SIGNS = 400
_PAGE = 5_000


class FormatDoesNotFit(FinanceError):
    """This content cannot be written in this format."""

    code = "export.format"


def export(
    uow: UnitOfWork, user: User, *, what: str, form: str, period: Period | None = None
) -> str:
    """Return the user's books as text; raise `FormatDoesNotFit`.

    ``period`` narrows transactions down; everything and budgets are always whole.
    """
    if what == "transactions" and form == "csv":
        return transactions_csv(_entries(uow, user, period))
    if what == "budgets" and form == "csv":
        return budgets_csv(uow.budgets.of(user.id))
    if what in ("transactions", "all") and form in ("hledger", "beancount"):
        write = hledger_journal if form == "hledger" else beancount_journal
        return write(_entries(uow, user, period), uow.accounts.all_of(user.id))
    if form == "json":
        return json.dumps(_as_json(uow, user, what, period), ensure_ascii=False, indent=1)
    raise FormatDoesNotFit(what=what, format=form)


def is_books(data: bytes) -> bool:
    """Tell whether a file is what `export` writes of everything."""
    return _MARK in data[:_HEAD_SIGNS].decode("utf-8", "replace")


def load_books(uow: UnitOfWork, user: User, data: bytes, *, ids: Ids) -> Mapping[str, int]:
    """Put exported books and wishes into the empty books of ``user``; return how many rows.

    Raises `BooksNotEmpty`, or `BooksUnreadable` when the file is damaged or of a later version.
    """
    try:
        told = json.loads(data)
    except ValueError:
        raise BooksUnreadable(table="", reason="not_json") from None
    if not isinstance(told, dict) or told.get("version") != _VERSION:
        raise BooksUnreadable(table="", reason="version")
    books, wishes = told.get("books"), told.get("preferences")
    if not isinstance(books, dict) or not isinstance(wishes, dict):
        raise BooksUnreadable(table="", reason="parts_missing")
    uow.portable.load(user.id, books, ids=ids)
    try:
        uow.users.set_preferences(user.id, preferences_from_json(wishes))
    except (KeyError, TypeError, ValueError):
        raise BooksUnreadable(table="preferences", reason="values_bad") from None
    return {name: len(rows) for name, rows in books.items() if rows}


def _entries(uow: UnitOfWork, user: User, period: Period | None) -> Iterator[JournalEntry]:
    query = EntryQuery(period=period, limit=_PAGE)
    while True:
        page = uow.entries.find(user.id, query)
        yield from page
        if len(page) < _PAGE:
            return
        query = replace(query, offset=query.offset + _PAGE)


def _as_json(uow: UnitOfWork, user: User, what: str, period: Period | None) -> dict[str, Any]:
    budgets = [
        {
            "category": item.category,
            "limit": item.limit.plain,
            "currency": item.limit.currency,
            "cadence": item.cadence.value,
            "state": item.state.value,
            "starts": item.started_on.isoformat(),
            "ends": item.ends_on.isoformat() if item.ends_on else None,
        }
        for item in uow.budgets.of(user.id)
    ]
    if what == "budgets":
        return {"budgets": budgets}
    entries = [_entry(entry) for entry in _entries(uow, user, period)]
    if what == "transactions":
        return {"transactions": entries}
    return {
        "format": BOOKS_FORMAT,
        "version": _VERSION,
        "preferences": preferences_to_json(user.preferences),
        "accounts": [_account(item) for item in uow.accounts.balances(user.id)],
        "budgets": budgets,
        "rules": [
            {"merchant": rule.merchant, "category": rule.category}
            for rule in uow.decisions.rules(user.id)
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
        # What is above is for reading; this is what another installation loads.
        "books": uow.portable.dump(user.id),
    }


def _entry(entry: JournalEntry) -> dict[str, Any]:
    return {
        **entry_fields(entry),
        "id": entry.handle,
        "flow": entry.flow.value,
        "allocations": [
            {"category": part.category, "amount": part.amount.plain, "locked": part.locked}
            for part in entry.allocations
        ],
    }


def _account(item: Balance) -> dict[str, str]:
    return {
        "name": item.account.name,
        "kind": item.account.kind.value,
        "currency": item.account.currency,
        "posted": item.posted.plain,
        "pending": item.pending.plain,
    }
