"""Puts read rows together: one statement for each account and currency, with its balances."""

from __future__ import annotations

from collections.abc import Sequence

from core.money import Money
from core.statements.balances import Chain, tie_out
from core.statements.csv_account import account_number, make_account
from core.statements.csv_reader import ReadRow
from core.statements.csv_table import Table
from core.statements.mapping import CsvMapping
from core.statements.masking import mask_cards, masked_id
from core.statements.statement import (
    MAX_DESCRIPTION,
    MAX_PAYEE,
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
    StatementWarning,
)


def build_statements(
    table: Table,
    mapping: CsvMapping,
    rows: Sequence[ReadRow],
    warnings: tuple[StatementWarning, ...],
    *,
    filename: str,
) -> tuple[Statement, ...]:
    """Return one statement for each account and currency; the first carries ``warnings``."""
    groups: dict[tuple[str, str], list[ReadRow]] = {}
    for row in rows:
        groups.setdefault((row.account, row.amount.currency), []).append(row)
    if not groups:
        groups[("", mapping.currency)] = []
    statements = []
    for (account, currency), group in groups.items():
        number = account_number(table, account, filename)
        described = make_account(number, mapping=mapping, currency=currency, filename=filename)
        statements.append(_statement(described, group, warnings))
        warnings = ()
    return tuple(statements)


def _statement(
    account: StatementAccount, rows: Sequence[ReadRow], warnings: tuple[StatementWarning, ...]
) -> Statement:
    ids = [row.external_id for row in rows]
    has_ids = all(ids) and len(set(ids)) == len(ids)
    chain, turned = _chain(rows, may_be_owed=account.kind in {"card", "loan"})
    if chain is None and sum(row.balance is not None for row in rows) > 1:
        warnings += (StatementWarning("statement.balances_do_not_tie"),)
    return Statement(
        format=StatementFormat.CSV,
        account=account,
        lines=tuple(_line(row, has_id=has_ids, turned=turned) for row in rows),
        opening=Money(chain.opening, account.currency) if chain else None,
        closing=Money(chain.closing, account.currency) if chain else None,
        as_of=max(row.booked_date for row in rows) if chain else None,
        warnings=warnings,
    )


def _chain(rows: Sequence[ReadRow], *, may_be_owed: bool) -> tuple[Chain | None, bool]:
    """Return the balances if they tie out, and whether they are printed as what is owed."""
    amounts = [row.amount.minor for row in rows]
    balances = [None if row.balance is None else row.balance.minor for row in rows]
    newest_first = bool(rows) and rows[0].booked_date > rows[-1].booked_date
    chain = tie_out(amounts, balances, newest_first=newest_first)
    if chain or not may_be_owed:
        return chain, False
    owed = [None if balance is None else -balance for balance in balances]
    chain = tie_out(amounts, owed, newest_first=newest_first)
    return chain, chain is not None


def _line(row: ReadRow, *, has_id: bool, turned: bool) -> StatementLine:
    return StatementLine(
        booked_date=row.booked_date,
        amount=row.amount,
        description=mask_cards(row.description)[:MAX_DESCRIPTION],
        payee=mask_cards(row.payee)[:MAX_PAYEE],
        external_id=masked_id(row.external_id) if has_id else None,
        balance=-row.balance if turned and row.balance is not None else row.balance,
        line_number=row.line,
    )
