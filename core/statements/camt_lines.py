"""Reads CAMT.053 and .052 files: every account, as the bank stated it, or none of it.

An own reader: the library for it lets a document type through and knows no line numbers
(`docs/adr/0011`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.money import Money, total
from core.statements.camt_rows import day_at, read_entry, reason_of, signed_amount, status
from core.statements.camt_tree import Element, read_xml
from core.statements.csv_style import Expectations
from core.statements.masking import MAX_NUMBER, masked_account
from core.statements.refusals import (
    BadRows,
    CurrencyUnknown,
    FormatNotYet,
    FormatUnknown,
    NoAccount,
    RowProblem,
    TooManyRows,
)
from core.statements.statement import (
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
    StatementWarning,
)

# An entry has some thirty elements; with a hundred, even wordy banks have room.
_ELEMENTS_A_ROW = 100
_ELEMENTS_BESIDE = 10_000
_HOLDERS = {"BkToCstmrStmt": "Stmt", "BkToCstmrAcctRpt": "Rpt"}
_OPENINGS = ("OPBD", "PRCD")
_CLOSINGS = ("CLBD",)


@dataclass(slots=True)
class _Read:
    """The statements of one account and currency, in the order of the file."""

    account: StatementAccount
    lines: list[StatementLine] = field(default_factory=list)
    rounded: list[int] = field(default_factory=list)
    pending: int = 0
    opening: Money | None = None
    closing: Money | None = None
    as_of: date | None = None
    ties: bool = True


def read_camt(data: bytes, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read every account of a CAMT file, or refuse it with line and reason."""
    root = read_xml(data, max_elements=max_rows * _ELEMENTS_A_ROW + _ELEMENTS_BESIDE)
    holder, name = _holder(root)
    found = list(holder.all(name))
    if not found:
        raise NoAccount(line=holder.line)
    entries = [entry for statement in found for entry in statement.all("Ntry")]
    if len(entries) > max_rows:
        raise TooManyRows(line=entries[max_rows].line, limit=max_rows)
    accounts: dict[tuple[str, str], _Read] = {}
    problems: list[RowProblem] = []
    for statement in found:
        account = _account(statement, expected)
        read = accounts.setdefault((account.number, account.currency), _Read(account))
        _take(statement, read, expected.today, problems)
    if problems:
        raise BadRows(problems)
    return tuple(_statement(read) for read in accounts.values())


def _holder(root: Element) -> tuple[Element, str]:
    for child in root.children:
        if child.name in _HOLDERS:
            return child, _HOLDERS[child.name]
        if child.name.startswith("BkToCstmr"):
            # A notice of single payments: the statement that follows lists them again.
            raise FormatNotYet(line=child.line, format="CAMT.054")
    raise FormatUnknown(line=root.line, reason="other_data")


def _account(statement: Element, expected: Expectations) -> StatementAccount:
    holder = statement.find("Acct")
    if holder is None:
        raise NoAccount(line=statement.line)
    number = holder.get("Id/IBAN", "Id/Othr/Id")
    amounts = [*statement.all("Ntry/Amt"), *statement.all("Bal/Amt")]
    named = holder.get("Ccy") or next((one.attributes.get("Ccy", "") for one in amounts), "")
    currency = named or expected.currency or ""
    if currency not in EXPONENTS:
        raise CurrencyUnknown(line=holder.line, currency=currency[:8])
    bare = "".join(filter(str.isalnum, number))
    return StatementAccount(
        number=masked_account(number, is_card=False),
        last4=bare[-4:],
        kind="checking",
        currency=currency,
        institution=holder.get("Svcr/FinInstnId/Nm")[:MAX_NUMBER],
    )


def _take(statement: Element, read: _Read, today: date, problems: list[RowProblem]) -> None:
    """Add one statement of the file to what is read of its account."""
    before = len(read.lines)
    for entry in statement.all("Ntry"):
        if status(entry) != "BOOK":
            read.pending += 1
            continue
        try:
            _add(entry, read, today)
        except FinanceError as error:
            problems.append(RowProblem(entry.line, reason_of(error)))
    currency = read.account.currency
    opening, _ = _balance(statement, _OPENINGS, currency, today)
    closing, as_of = _balance(statement, _CLOSINGS, currency, today)
    moved = total((line.amount for line in read.lines[before:]), currency)
    if opening is not None:
        fits = read.closing in (None, opening) and closing in (None, opening + moved)
        read.ties = read.ties and fits
    if not before and read.opening is None:
        read.opening = opening
    read.closing, read.as_of = closing, as_of


def _add(entry: Element, read: _Read, today: date) -> None:
    line, rounded = read_entry(entry, today=today)
    if line.amount.currency != read.account.currency:
        raise CurrencyUnknown(line=entry.line)
    read.lines.append(line)
    if rounded:
        read.rounded.append(entry.line)


def _balance(
    statement: Element, codes: Sequence[str], currency: str, today: date
) -> tuple[Money | None, date | None]:
    """Return the first balance of ``codes`` in the account's own currency; bad ones are none."""
    for code in codes:
        for balance in statement.all("Bal"):
            if balance.get("Tp/CdOrPrtry/Cd") != code:
                continue
            try:
                amount, _ = signed_amount(balance)
                day = day_at(balance, today=today)
            except FinanceError:
                continue
            if amount.currency == currency:
                return amount, day
    return None, None


def _statement(read: _Read) -> Statement:
    known = read.ties
    return Statement(
        format=StatementFormat.CAMT,
        account=read.account,
        lines=_with_trusted_ids(read.lines),
        opening=read.opening if known else None,
        closing=read.closing if known else None,
        as_of=read.as_of if known and read.closing is not None else None,
        warnings=tuple(_warnings(read)),
    )


def _with_trusted_ids(lines: Sequence[StatementLine]) -> tuple[StatementLine, ...]:
    """Drop an id that the bank gave to several entries: it would make all but one look known."""
    counts = Counter(line.external_id for line in lines)
    return tuple(
        replace(line, external_id=None)
        if line.external_id and counts[line.external_id] > 1
        else line
        for line in lines
    )


def _warnings(read: _Read) -> Iterator[StatementWarning]:
    if not read.ties:
        yield StatementWarning("statement.balances_do_not_tie")
    if read.pending:
        yield StatementWarning("statement.pending_skipped", {"count": read.pending})
    if read.rounded:
        fields = {"count": len(read.rounded), "line": read.rounded[0]}
        yield StatementWarning("statement.amounts_rounded", fields)
