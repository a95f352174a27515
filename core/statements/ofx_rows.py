"""Reads the rows of one OFX account: every one, or the whole file is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from core.errors import FinanceError
from core.money import Money, exponent
from core.statements.amounts import AmountNotUnderstood, money_from, take_apart
from core.statements.dates import DateNotUnderstood, DateOrder, read_date
from core.statements.masking import masked_id, without_cards
from core.statements.ofx_tree import Record
from core.statements.refusals import AmountAmbiguous, BadRows, RowProblem
from core.statements.statement import (
    MAX_DESCRIPTION,
    MAX_PAYEE,
    StatementLine,
    StatementWarning,
)

_OUT_TYPES = frozenset({"DEBIT", "CHECK", "POS", "ATM", "PAYMENT", "FEE", "SRVCHG", "DIRECTDEBIT"})
_IN_TYPES = frozenset({"CREDIT", "DEP", "DIRECTDEP", "INT", "DIV"})


class ValueMissing(FinanceError):
    """A row lacks a value that it cannot be booked without."""

    code = "statement.value_missing"


class OfxRowReader:
    """Reads the rows of one account and remembers which amounts it had to round."""

    def __init__(self, *, currency: str, today: date) -> None:
        """Prepare to read rows whose amounts are in ``currency`` unless they say otherwise."""
        self._currency = currency
        self._today = today
        self._rounded: list[int] = []

    def read(self, records: Sequence[Record]) -> tuple[StatementLine, ...]:
        """Return every row, or raise `BadRows` naming all that cannot be read."""
        turned = _has_turned_signs(records)
        lines: list[StatementLine] = []
        problems: list[RowProblem] = []
        for record in records:
            try:
                lines.append(self._line(record, turned=turned))
            except ValueMissing as missing:
                problems.append(RowProblem(record.line, f"{missing.fields['value']}_missing"))
            except FinanceError as error:
                problems.append(RowProblem(record.line, error.code.rpartition(".")[2]))
        if problems:
            raise BadRows(problems)
        return _with_trusted_ids(lines)

    def warnings(self) -> tuple[StatementWarning, ...]:
        """Return what was odd about the rows read so far."""
        if not self._rounded:
            return ()
        fields = {"count": len(self._rounded), "line": self._rounded[0]}
        return (StatementWarning("statement.amounts_rounded", fields),)

    def _line(self, record: Record, *, turned: bool) -> StatementLine:
        booked_date = ofx_date(record.get("DTPOSTED"), today=self._today)
        stated = record.first("CURRENCY")
        currency = (stated.get("CURSYM") if stated else "").upper() or self._currency
        amount, rounded = ofx_amount(record.get("TRNAMT"), currency)
        if rounded:
            self._rounded.append(record.line)
        description, payee = _texts(record)
        return StatementLine(
            booked_date=booked_date,
            amount=-amount if turned else amount,
            description=without_cards(description)[:MAX_DESCRIPTION],
            payee=without_cards(payee)[:MAX_PAYEE],
            external_id=masked_id(record.get("FITID")) or None,
            line_number=record.line,
        )


def ofx_date(text: str, *, today: date) -> date:
    """Return the bank's day as written; its hour and zone are not for us to shift it by."""
    if not text:
        raise ValueMissing(value="date")
    if not text[:4].isdecimal():
        raise DateNotUnderstood
    # YYYYMMDD, or a few banks' YYYY-MM-DD; behind it are the hour and the zone.
    day = text[:10] if text[4:5] == "-" else text[:8]
    return read_date(day, order=DateOrder.DAY_FIRST, today=today)


def ofx_amount(text: str, currency: str) -> tuple[Money, bool]:
    """Return an amount as OFX writes it (comma or point before the decimals), and if rounded."""
    if not text:
        raise ValueMissing(value="amount")
    printed = take_apart(text)
    if printed.unit:
        raise AmountNotUnderstood
    digits = printed.digits
    last = max(digits.rfind("."), digits.rfind(","))
    mark = digits[last] if last >= 0 else "."
    if digits.count(mark) > 1:
        mark = "," if mark == "." else "."
    elif mark == "," and "." not in digits and len(digits) - last == 4 and exponent(currency) != 3:
        raise AmountAmbiguous(example=digits)  # 1,234 is a thousand to some banks
    money, rounded = money_from(digits, mark, currency)
    return (-money if printed.negative else money), rounded


def _texts(record: Record) -> tuple[str, str]:
    """Return the bank's text, and the name of the other party when it stands apart from it.

    NAME is cut at 32 signs and MEMO often repeats it in full; a row with neither is described
    by its type and cheque number.
    """
    payee = record.first("PAYEE")
    name = record.get("NAME") or (payee.get("NAME") if payee else record.get("PAYEE"))
    memo = record.get("MEMO")
    if not name and not memo:
        return f"{record.get('TRNTYPE')} {record.get('CHECKNUM')}".strip(), ""
    if not memo or not name:
        return name or memo, ""
    if memo.startswith(name):
        return memo, ""
    return (memo if name in memo else f"{name} {memo}"), name


def _has_turned_signs(records: Sequence[Record]) -> bool:
    """Tell whether a bank prints every debit as positive and every credit as negative."""
    signs: dict[str, set[bool]] = {"out": set(), "in": set()}
    for record in records:
        kind = record.get("TRNTYPE").upper()
        side = "out" if kind in _OUT_TYPES else "in" if kind in _IN_TYPES else ""
        if side:
            signs[side].add(record.get("TRNAMT").startswith("-"))
    return signs == {"out": {False}, "in": {True}}


def _with_trusted_ids(lines: Sequence[StatementLine]) -> tuple[StatementLine, ...]:
    """Drop an id that the bank gave to several rows: it would make all but one look known."""
    counts = Counter(line.external_id for line in lines)
    if all(count == 1 for found, count in counts.items() if found):
        return tuple(lines)
    return tuple(
        replace(line, external_id=None) if counts[line.external_id] > 1 else line for line in lines
    )
