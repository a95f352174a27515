"""Puts read rows together: one statement for each account and currency, with its balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.money import Money
from core.statements.balances import Chain, tie_out
from core.statements.csv_account import account_number, make_account
from core.statements.csv_table import Table
from core.statements.mapping import CsvMapping
from core.statements.statement import (
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
    StatementWarning,
)

# Kinds of account whose balance banks often print as a debt.
_OWED = frozenset({"card", "loan"})
# The lines of each account and currency, by (account as the rows name it, currency).
Groups = dict[tuple[str, str], list[StatementLine]]


def build_statements(
    table: Table,
    mapping: CsvMapping,
    groups: Groups,
    warnings: tuple[StatementWarning, ...],
    *,
    filename: str,
) -> tuple[Statement, ...]:
    """Return one statement for each account and currency; the first carries ``warnings``."""
    statements = []
    for (named, currency), lines in (groups or {("", mapping.currency): []}).items():
        number = account_number(table, named, filename)
        account = make_account(number, mapping=mapping, currency=currency, filename=filename)
        statements.append(_statement(account, _with_trusted_ids(lines), warnings))
        warnings = ()
    return tuple(statements)


def _statement(
    account: StatementAccount,
    lines: Sequence[StatementLine],
    warnings: tuple[StatementWarning, ...],
) -> Statement:
    balances = [None if line.balance is None else line.balance.minor for line in lines]
    chain = _tie_out(lines, balances)
    if chain is None and account.kind in _OWED:
        chain = _tie_out(lines, [None if balance is None else -balance for balance in balances])
        if chain:  # printed as what is owed
            lines = [
                replace(line, balance=-line.balance) if line.balance else line for line in lines
            ]
    if chain is None and len(balances) - balances.count(None) > 1:
        warnings += (StatementWarning("statement.balances_do_not_tie"),)
    return Statement(
        format=StatementFormat.CSV,
        account=account,
        lines=tuple(lines),
        opening=Money(chain.opening, account.currency) if chain else None,
        closing=Money(chain.closing, account.currency) if chain else None,
        as_of=max(line.booked_date for line in lines) if chain else None,
        warnings=warnings,
    )


def _tie_out(lines: Sequence[StatementLine], balances: Sequence[int | None]) -> Chain | None:
    amounts = [line.amount.minor for line in lines]
    newest_first = bool(lines) and lines[0].booked_date > lines[-1].booked_date
    return tie_out(amounts, balances, newest_first=newest_first)


def _with_trusted_ids(lines: Sequence[StatementLine]) -> Sequence[StatementLine]:
    """Drop the ids unless each row has its own: else some rows would look known."""
    ids = {line.external_id for line in lines}
    if len(ids) == len(lines) and None not in ids:
        return lines
    return [replace(line, external_id=None) if line.external_id else line for line in lines]
