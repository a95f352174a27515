"""Reads QIF files: cash sides of all accounts, as Quicken and its heirs write them.

An own reader: the library for it reads a day it cannot place as the other order row by row, and
takes an amount with a stray letter for a whole one (`docs/adr/0011`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.money import Money, total
from core.statements.amounts import decimal_mark, money_from, take_apart
from core.statements.csv_style import Expectations
from core.statements.dates import (
    DateOrder,
    commoner_order,
    is_all_numbers,
    possible_orders,
    read_date,
)
from core.statements.masking import masked_account, without_cards
from core.statements.qif_records import QifRecord, records
from core.statements.refusals import (
    BadRows,
    CurrencyUnknown,
    DateAmbiguous,
    NoAccount,
    RowProblem,
    TooManyRows,
)
from core.statements.statement import (
    MAX_DESCRIPTION,
    MAX_PAYEE,
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
    StatementWarning,
)

_KINDS = {"bank": "checking", "cash": "cash", "ccard": "card", "oth a": "", "oth l": "loan"}
_OPENING = "opening balance"
_OWN_NAME = re.compile(r"\[(.+)\]")
_THIS_CENTURY = re.compile(r"'(\d)$")
_SPACES = re.compile(r"\s+")


@dataclass(slots=True)
class _Account:
    """The records of one account of the file."""

    name: str
    kind: str
    records: list[QifRecord] = field(default_factory=list)


def read_qif(text: str, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read every account of a QIF file, or refuse it with line and reason."""
    accounts, trades = _accounts(records(text))
    rows = [record for account in accounts for record in account.records]
    if not accounts:
        raise NoAccount(line=1)
    if len(rows) > max_rows:
        raise TooManyRows(line=rows[max_rows].line, limit=max_rows)
    if not expected.currency or expected.currency not in EXPONENTS:
        raise CurrencyUnknown(currency=(expected.currency or "")[:8])
    reader = _RowReader(rows, expected.currency, expected)
    statements = [_statement(account, reader, expected.currency) for account in accounts]
    if trades:
        warning = StatementWarning("statement.investments_skipped", {"count": trades})
        first = statements[0]
        statements[0] = replace(first, warnings=(*first.warnings, warning))
    return tuple(statements)


def _accounts(found: Iterator[QifRecord]) -> tuple[list[_Account], int]:
    """Sort records into accounts; lists of categories and prices are none, trades are counted."""
    accounts: dict[tuple[str, str], _Account] = {}
    named, trades = "", 0
    for record in found:
        if record.kind == "account":
            named = record.get("N")
        elif record.kind == "invst":
            trades += 1
        elif record.kind in _KINDS:
            key = (named, record.kind)
            account = accounts.setdefault(key, _Account(named, _KINDS[record.kind]))
            account.records.append(record)
    return list(accounts.values()), trades


class _RowReader:
    """Reads records by the one order of dates and the one decimal mark that fit all of them."""

    def __init__(self, rows: Sequence[QifRecord], currency: str, expected: Expectations) -> None:
        self._currency = currency
        self._today = expected.today
        self._order = _date_order(rows, expected)
        self._mark = decimal_mark(dict.fromkeys(_digits(rows)), decimals=EXPONENTS[currency])
        self.rounded: list[int] = []

    def read(self, rows: Sequence[QifRecord]) -> list[StatementLine]:
        self.rounded = []
        lines: list[StatementLine] = []
        problems: list[RowProblem] = []
        for record in rows:
            try:
                lines.append(self._line(record))
            except FinanceError as error:
                problems.append(RowProblem(record.line, _reason(record, error)))
        if problems:
            raise BadRows(problems)
        return lines

    def _line(self, record: QifRecord) -> StatementLine:
        payee, memo = record.get("P"), record.get("M")
        description = " ".join(dict.fromkeys(filter(None, (payee, memo))))
        if not description:
            description = " ".join(filter(None, (record.get("L"), record.get("N"))))
        return StatementLine(
            booked_date=read_date(
                _plain_date(record.get("D")), order=self._order, today=self._today
            ),
            amount=self._amount(record),
            description=without_cards(description)[:MAX_DESCRIPTION],
            payee=without_cards(payee)[:MAX_PAYEE],
            line_number=record.line,
        )

    def _amount(self, record: QifRecord) -> Money:
        printed = take_apart(_amount_text(record))
        money, rounded = money_from(printed.digits, self._mark, self._currency)
        if rounded:
            self.rounded.append(record.line)
        return -money if printed.negative else money


def _reason(record: QifRecord, error: FinanceError) -> str:
    for letter, missing in (("D", "date_missing"), ("T", "amount_missing")):
        if not record.get(letter) and not (letter == "T" and record.get("U")):
            return missing
    return error.code.rpartition(".")[2]


def _amount_text(record: QifRecord) -> str:
    return record.get("T") or record.get("U")


def _digits(rows: Sequence[QifRecord]) -> Iterator[str]:
    for record in rows:
        try:
            yield take_apart(_amount_text(record)).digits
        except FinanceError:
            continue  # the reading names its line


def _plain_date(text: str) -> str:
    """Write ``2/ 3'06`` as ``2/3/06``: an apostrophe is Quicken's sign for this century."""
    return _THIS_CENTURY.sub(r"/0\1", _SPACES.sub("", text)).replace("'", "/")


def _date_order(rows: Sequence[QifRecord], expected: Expectations) -> DateOrder:
    days = {_plain_date(record.get("D")): record.line for record in reversed(rows)}
    orders = possible_orders(days, today=expected.today)
    if len(orders) == 1:
        return orders[0]
    doubtful = [text for text in reversed(days) if is_all_numbers(text)]
    if orders and not doubtful:
        return DateOrder.DAY_FIRST
    if orders and expected.date_order is None:
        raise DateAmbiguous(line=days[doubtful[0]], example=doubtful[0][:20])
    if not orders:
        return commoner_order(days, expected.today)
    return expected.date_order or DateOrder.MONTH_FIRST


def _statement(account: _Account, reader: _RowReader, currency: str) -> Statement:
    lines = reader.read(account.records)
    opening, name = None, account.name
    first = account.records[0]
    own = _OWN_NAME.fullmatch(first.get("L"))
    if lines and own and first.get("P").casefold() == _OPENING:
        name = name or own[1]
        if lines[0].amount:
            opening, lines = lines[0].amount, lines[1:]
    closing = None
    if opening is not None and lines:
        closing = opening + total((line.amount for line in lines), currency)
    rounded = reader.rounded
    warnings: tuple[StatementWarning, ...] = ()
    if rounded:
        fields = {"count": len(rounded), "line": rounded[0]}
        warnings = (StatementWarning("statement.amounts_rounded", fields),)
    return Statement(
        format=StatementFormat.QIF,
        account=_told(name, account.kind, currency),
        lines=tuple(lines),
        opening=opening if closing is not None else None,
        closing=closing,
        as_of=max((line.booked_date for line in lines), default=None) if closing else None,
        warnings=warnings,
    )


def _told(name: str, kind: str, currency: str) -> StatementAccount:
    """Return the account by the name the other program gave it: it has no number."""
    plain = without_cards(name)
    digits = "".join(filter(str.isdigit, plain))
    return StatementAccount(
        number=masked_account(plain, is_card=False),
        last4=digits[-4:] if len(digits) >= 4 else "",
        kind=kind,
        currency=currency,
        institution=plain,
    )
