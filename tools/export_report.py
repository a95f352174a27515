"""The tables of a report for a spreadsheet: plain decimals, ISO days, no cell that runs."""

from __future__ import annotations

from collections.abc import Iterator

from core.money import Money
from core.reports.figures import Foreign, ReportFigures, Standing
from tools.export_table import write_table

COLUMNS = ("table", "name", "amount", "currency", "entries", "compared_with", "date")
_FOREIGN_TEXT = frozenset({"name"})

Row = dict[str, str]


def report_csv(figures: ReportFigures) -> str:
    """Return every table of a report, one row a line, with the name of its table first.

    ``compared_with`` is a budget's limit, a goal's target, a category's period before, or what
    an amount of another currency is in the user's own; empty where there is none.
    """
    return write_table(COLUMNS, _rows(figures), foreign=_FOREIGN_TEXT)


def _rows(figures: ReportFigures) -> Iterator[Row]:
    yield _row("total", "spent", figures.spent, compared=figures.previous_spent)
    yield _row("total", "income", figures.income)
    yield _row("total", "saved", figures.saved)
    for share in figures.by_category:
        yield _row("category", share.name, share.amount, entries=share.rows)
    for share in figures.by_month:
        yield _row("month", share.name, share.amount, entries=share.rows)
    for share in figures.top_merchants:
        yield _row("merchant", share.name, share.amount, entries=share.rows)
    for budget in figures.budgets:
        yield _row("budget", budget.category, budget.spent, compared=budget.limit)
    for change in figures.changes:
        yield _row("change", change.category, change.now, compared=change.before)
    for foreign in figures.elsewhere:
        yield _row(
            "other_currency", foreign.amount.currency, foreign.amount, compared=foreign.value
        )
    yield from _standing(figures.standing)


def _standing(standing: Standing) -> Iterator[Row]:
    for account in standing.accounts:
        known = account.as_of.date().isoformat() if account.as_of else ""
        value = _value(account.foreign)
        yield _row("account", account.name, account.balance, compared=value, date=known)
    if standing.invested is not None:
        priced = standing.priced_on.isoformat() if standing.priced_on else ""
        yield _row("investments", "", standing.invested, date=priced)
    if standing.net_worth is not None:
        yield _row("net_worth", "", standing.net_worth)
    for goal in standing.goals:
        by = goal.by.isoformat() if goal.by else ""
        yield _row("goal", goal.name, goal.saved, compared=goal.target, date=by)
    for bill in standing.bills:
        yield _row("bill", bill.name, bill.amount, date=bill.on.isoformat())


def _value(foreign: Foreign | None) -> Money | None:
    return foreign.value if foreign is not None else None


def _row(
    table: str,
    name: str,
    amount: Money,
    *,
    entries: int | None = None,
    compared: Money | None = None,
    date: str = "",
) -> Row:
    return {
        "table": table,
        "name": name,
        "amount": amount.plain,
        "currency": amount.currency,
        "entries": "" if entries is None else str(entries),
        "compared_with": compared.plain if compared is not None else "",
        "date": date,
    }
