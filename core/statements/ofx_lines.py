"""Reads OFX and QFX files: bank, card and investment accounts, as the bank wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.money import Money
from core.statements.masking import MAX_NUMBER, masked_account, without_cards
from core.statements.ofx_rows import OfxRowReader, ofx_amount, ofx_date
from core.statements.ofx_tree import Record, read_tree
from core.statements.refusals import BankSaysError, CurrencyUnknown, NoAccount, TooManyRows
from core.statements.statement import (
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
    StatementWarning,
)

MAX_BANK_MESSAGE = 200
_STATEMENTS = {"STMTRS": "checking", "CCSTMTRS": "card", "INVSTMTRS": "investment"}
_KINDS = {
    "CHECKING": "checking",
    "SAVINGS": "savings",
    "MONEYMRKT": "savings",
    "CD": "savings",
    "CREDITLINE": "loan",
}


def read_ofx(
    text: str,
    *,
    today: date,
    default_currency: str | None,
    file_format: StatementFormat,
    max_rows: int,
) -> tuple[Statement, ...]:
    """Read every account of an OFX file, or refuse it with the bank's or our own reason."""
    root = read_tree(text)
    _refuse_errors(root)
    signon = root.first("SONRS")
    bank = signon.first("FI") if signon else None
    institution = bank.get("ORG")[:MAX_NUMBER] if bank else ""
    records = list(root.walk(*_STATEMENTS))
    if not records:
        raise NoAccount
    count = sum(1 for _ in root.walk("STMTTRN"))
    if count > max_rows:
        raise TooManyRows(limit=max_rows)
    statements: list[Statement] = []
    for record in records:
        currency = _currency(record, default_currency)
        account = _account(record, currency, institution)
        statements.extend(_statements(record, account, file_format=file_format, today=today))
    return tuple(statements)


def _refuse_errors(root: Record) -> None:
    for status in root.walk("STATUS"):
        if status.get("SEVERITY").upper() == "ERROR":
            message = without_cards(status.get("MESSAGE"))[:MAX_BANK_MESSAGE]
            raise BankSaysError(line=status.line, message=message, status=status.get("CODE")[:12])


def _currency(record: Record, default: str | None) -> str:
    named = record.get("CURDEF").upper() or (default or "")
    if named not in EXPONENTS:
        raise CurrencyUnknown(line=record.line, currency=named[:8])
    return named


def _account(record: Record, currency: str, institution: str) -> StatementAccount:
    holder = record.first("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
    number = holder.get("ACCTID") if holder else ""
    kind = _STATEMENTS[record.name]
    if holder:
        kind = _KINDS.get(holder.get("ACCTTYPE").upper(), kind)
    bare = "".join(filter(str.isalnum, number))
    return StatementAccount(
        number=masked_account(number, is_card=kind == "card"),
        last4=bare[-4:],
        kind=kind,
        currency=currency,
        institution=institution,
    )


def _statements(
    record: Record, account: StatementAccount, *, file_format: StatementFormat, today: date
) -> tuple[Statement, ...]:
    """Return the account's statement, and one more for each other currency in its rows."""
    reader = OfxRowReader(currency=account.currency, today=today)
    lines = reader.read(list(record.walk("STMTTRN")))
    closing, as_of = _closing(record, account.currency, today)
    own = Statement(
        format=file_format,
        account=account,
        lines=_in_currency(lines, account.currency),
        closing=closing,
        as_of=as_of,
        warnings=(*reader.warnings(), *_odd(record, closing)),
    )
    others = dict.fromkeys(line.amount.currency for line in lines)
    others.pop(account.currency, None)
    return own, *(
        Statement(file_format, replace(account, currency=other), _in_currency(lines, other))
        for other in others
    )


def _in_currency(lines: Sequence[StatementLine], currency: str) -> tuple[StatementLine, ...]:
    return tuple(line for line in lines if line.amount.currency == currency)


def _closing(record: Record, currency: str, today: date) -> tuple[Money | None, date | None]:
    """Return the ledger balance and its day; an unreadable one is none."""
    balance = record.first("LEDGERBAL")
    if balance is None:
        return None, None
    try:
        closing, _ = ofx_amount(balance.get("BALAMT"), currency)
    except FinanceError:
        return None, None
    try:
        return closing, ofx_date(balance.get("DTASOF"), today=today)
    except FinanceError:
        return closing, None


def _odd(record: Record, closing: Money | None) -> Iterator[StatementWarning]:
    if closing is None and record.first("LEDGERBAL"):
        yield StatementWarning("statement.balance_unreadable", {"line": record.line})
    if pending := sum(1 for _ in record.walk("STMTTRNP")):
        yield StatementWarning("statement.pending_skipped", {"count": pending})
    if trades := sum(1 for _ in record.walk("INVTRAN")):
        yield StatementWarning("statement.investments_skipped", {"count": trades})
