"""Reads MT940 files: every statement of every account, or none of it.

An own reader: the library for it passes over a movement whose tag it does not recognise without a
word, and mixes the accounts and currencies of a file into one list (`docs/adr/0011`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.errors import FinanceError
from core.money import Money, total
from core.statements.csv_style import Expectations
from core.statements.masking import masked_account, without_cards
from core.statements.mt940_fields import Field, fields
from core.statements.mt940_rows import (
    BalanceField,
    Movement,
    read_balance,
    read_details,
    read_movement,
)
from core.statements.refusals import (
    BadRows,
    FileTruncated,
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

_END_CURRENCY = re.compile(r"(?<=\d)[A-Z]{3}$")


@dataclass(slots=True)
class _Row:
    """A movement and the details that follow it."""

    line: int
    movement: Movement
    details: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(slots=True)
class _Message:
    """One statement message: where it begins, whose it is, and what it says."""

    line: int
    account: str = ""
    opening: BalanceField | None = None
    closing: BalanceField | None = None
    rows: list[_Row] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return self.opening.amount.currency if self.opening else ""

    @property
    def moved(self) -> Money:
        return total((row.movement.amount for row in self.rows), self.currency)


def read_mt940(text: str, expected: Expectations, *, max_rows: int) -> tuple[Statement, ...]:
    """Read every account of an MT940 file, or refuse it with line and reason."""
    messages = _Reader(expected, max_rows).read(text)
    if not messages:
        raise NoAccount(line=1)
    accounts: dict[tuple[str, str], list[_Message]] = {}
    for message in messages:
        accounts.setdefault((message.account, message.currency), []).append(message)
    return tuple(
        _statement(number, currency, found) for (number, currency), found in accounts.items()
    )


class _Reader:
    """Gathers fields into messages and remembers every movement that cannot be read."""

    def __init__(self, expected: Expectations, max_rows: int) -> None:
        self._today = expected.today
        self._max_rows = max_rows
        self._count = 0
        self._problems: list[RowProblem] = []
        self._messages: list[_Message] = []

    def read(self, text: str) -> list[_Message]:
        last: Field | None = None
        for last in fields(text):
            self._take(last)
        self._close(last.line if last else 1)
        if self._problems:
            raise BadRows(self._problems)
        return self._messages

    def _take(self, found: Field) -> None:
        if found.tag == "20":
            self._close(found.line)
            self._messages.append(_Message(found.line))
            return
        if not self._messages:
            self._messages.append(_Message(found.line))
        message = self._messages[-1]
        try:
            self._fill(message, found)
        except FinanceError as error:
            self._problems.append(RowProblem(found.line, error.code.rpartition(".")[2]))

    def _fill(self, message: _Message, found: Field) -> None:
        match found.tag:
            case "25":
                message.account = _END_CURRENCY.sub("", found.lines[0].strip())
            case "60F" | "60M" | "60":
                message.opening = read_balance(found.lines[0], today=self._today)
            case "62F" | "62M" | "62":
                message.closing = read_balance(found.lines[0], today=self._today)
            case "61":
                self._movement(message, found)
            case "86" if message.rows and message.closing is None:
                message.rows[-1].details.append(found.lines)

    def _movement(self, message: _Message, found: Field) -> None:
        self._count += 1
        if self._count > self._max_rows:
            raise TooManyRows(line=found.line, limit=self._max_rows)
        if message.opening is None:
            self._problems.append(RowProblem(found.line, "opening_missing"))
            return
        movement = read_movement(found.lines, message.currency, today=self._today)
        message.rows.append(_Row(found.line, movement))

    def _close(self, line: int) -> None:
        """End the message in hand; one without a closing balance has lost its end."""
        if self._problems or not self._messages:
            return
        message = self._messages[-1]
        if message.opening is None or message.closing is None:
            raise FileTruncated(line=line)
        if message.closing.amount.currency != message.currency:
            raise BadRows([RowProblem(line, "amounts_contradict")])


def _statement(number: str, currency: str, messages: Sequence[_Message]) -> Statement:
    opening, closing = messages[0].opening, messages[-1].closing
    assert opening is not None
    assert closing is not None
    ties = _ties(messages)
    bare = "".join(filter(str.isalnum, number))
    return Statement(
        format=StatementFormat.MT940,
        account=StatementAccount(
            number=masked_account(number, is_card=False),
            last4=bare[-4:],
            kind="checking",
            currency=currency,
            institution="",
        ),
        lines=tuple(_line(row) for message in messages for row in message.rows),
        opening=opening.amount if ties else None,
        closing=closing.amount if ties else None,
        as_of=closing.day if ties else None,
        warnings=tuple(_warnings(messages, ties=ties)),
    )


def _ties(messages: Sequence[_Message]) -> bool:
    """Tell whether every message adds up and begins where the one before it ended."""
    before: Money | None = None
    for message in messages:
        assert message.opening is not None
        assert message.closing is not None
        if before is not None and message.opening.amount != before:
            return False
        if message.opening.amount + message.moved != message.closing.amount:
            return False
        before = message.closing.amount
    return True


def _line(row: _Row) -> StatementLine:
    description, payee = read_details(row.details)
    description = description or row.movement.text
    return StatementLine(
        booked_date=row.movement.booked_date,
        amount=row.movement.amount,
        description=without_cards(description)[:MAX_DESCRIPTION],
        payee=without_cards(payee)[:MAX_PAYEE],
        line_number=row.line,
    )


def _warnings(messages: Sequence[_Message], *, ties: bool) -> Iterator[StatementWarning]:
    if not ties:
        yield StatementWarning("statement.balances_do_not_tie")
    rounded = [row.line for message in messages for row in message.rows if row.movement.rounded]
    if rounded:
        fields = {"count": len(rounded), "line": rounded[0]}
        yield StatementWarning("statement.amounts_rounded", fields)
