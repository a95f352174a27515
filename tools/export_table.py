"""Books as tables for spreadsheets: ISO days, plain decimals, no cell that runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from core.budgets.budget import Budget
from core.ledger.entry import JournalEntry

COLUMNS = (
    "date",
    "account",
    "amount",
    "currency",
    "payee",
    "category",
    "category_is_guess",
    "state",
    "source",
    "description",
)
_BUDGET_COLUMNS = ("category", "limit", "currency", "cadence", "state", "carries_since")
# Spreadsheets run a cell that begins with one of these, after spaces too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_FOREIGN = frozenset({"account", "payee", "category", "description"})


def transactions_csv(entries: Iterable[JournalEntry]) -> str:
    """Return one row an entry, newest first."""
    return write_table(COLUMNS, (entry_fields(entry) for entry in entries))


def budgets_csv(budgets: Iterable[Budget]) -> str:
    """Return one row a budget."""
    rows = (
        {
            "category": item.category,
            "limit": item.limit.plain,
            "currency": item.limit.currency,
            "cadence": item.cadence.value,
            "state": item.state.value,
            "carries_since": item.carry.since.isoformat() if item.carry else "",
        }
        for item in budgets
    )
    return write_table(_BUDGET_COLUMNS, rows)


def entry_fields(entry: JournalEntry) -> dict[str, str]:
    """Return an entry as plain texts by column."""
    return {
        "date": entry.booked_date.isoformat(),
        "account": entry.account,
        "amount": entry.amount.plain,
        "currency": entry.amount.currency,
        "payee": entry.payee,
        "category": entry.category,
        "category_is_guess": "yes" if entry.is_guessed else "no",
        "state": entry.state.value,
        "source": entry.source.value,
        "description": entry.description,
    }


def write_table(
    columns: Sequence[str],
    rows: Iterable[dict[str, str]],
    *,
    foreign: frozenset[str] = _FOREIGN,
) -> str:
    """Return rows as CSV; the ``foreign`` columns hold words of others, which must not run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(row[name]) if name in foreign else row[name] for name in columns])
    return out.getvalue()


def _safe(text: str) -> str:
    """Keep a spreadsheet from running foreign text as a formula."""
    runs = text.lstrip(" \u00a0").startswith(_FORMULA) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if runs else text
