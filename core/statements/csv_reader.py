"""Reads one row of a bank's table by a mapping: day, amount, texts, balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.errors import FinanceError
from core.money import Money
from core.statements.amounts import (
    PrintedAmount,
    minor_from,
    money_from,
    plain_pattern,
    take_apart,
    unit_currency,
)
from core.statements.csv_marks import mark_of
from core.statements.csv_style import dollar_of
from core.statements.dates import read_date
from core.statements.mapping import CsvMapping, Sign
from core.statements.masking import masked_id, without_cards
from core.statements.refusals import CurrencyUnknown
from core.statements.statement import MAX_DESCRIPTION, MAX_PAYEE, StatementLine


class RowReader:
    """Reads rows by one mapping and remembers what it had to round."""

    def __init__(self, mapping: CsvMapping, *, today: date, account_column: int | None) -> None:
        """Prepare to read with ``account_column`` naming the user's own accounts, if any does."""
        self.rounded_lines: list[int] = []
        self._mapping = mapping
        self._columns = mapping.columns
        self._today = today
        self._account_column = account_column
        # What was read before: a bank writes the same days, amounts and shops again and again.
        self._days: dict[str, date] = {}
        self._amounts: dict[str, Money] = {}
        self._texts: dict[str, str] = {}
        # Where the only text of a row stands, if it has no other: most banks' rows.
        places = mapping.columns.description
        self._only_text = places[0] if len(places) == 1 and mapping.columns.payee is None else None
        self._whole: dict[str, str] = {}
        self._dollar = dollar_of(mapping.currency)
        self._is_plain = None
        if mapping.currency and mapping.columns.currency is None and not mapping.minor_units:
            self._is_plain = plain_pattern(mapping.decimal_mark, mapping.currency).fullmatch
        self._as_printed = mapping.sign is Sign.AS_PRINTED and mapping.columns.type is None

    def read(self, line: int, cells: Sequence[str]) -> StatementLine:
        """Return the row as a line, or raise why it cannot be read."""
        columns = self._columns
        amount = self._amount(line, cells)
        payee = "" if columns.payee is None else self._text(columns.payee, cells)
        return StatementLine(
            booked_date=self._day(cells[columns.date or 0]),
            amount=amount,
            description=self._described(cells, payee),
            payee=self._clean(payee)[:MAX_PAYEE] if payee else "",
            external_id=None if columns.id is None else self._id(columns.id, cells),
            balance=None if columns.balance is None else self._balance(cells, amount.currency),
            line_number=line,
        )

    def _described(self, cells: Sequence[str], payee: str) -> str:
        """Return what the line is about, without the numbers of cards."""
        if self._only_text is None:
            return self._clean(self._description(cells) or payee)[:MAX_DESCRIPTION]
        said = cells[self._only_text]
        text = self._whole.get(said)
        if text is None:
            text = self._whole[said] = self._clean(self._description(cells))[:MAX_DESCRIPTION]
        return text

    def _description(self, cells: Sequence[str]) -> str:
        places = self._columns.description
        if len(places) == 1:
            return self._text(places[0], cells)
        return " ".join(filter(None, (self._text(at, cells) for at in places)))

    def _clean(self, text: str) -> str:
        clean = self._texts.get(text)
        if clean is None:
            clean = self._texts[text] = without_cards(text)
        return clean

    def _id(self, at: int, cells: Sequence[str]) -> str | None:
        return masked_id(self._text(at, cells)) or None

    def account(self, cells: Sequence[str]) -> str:
        """Return which of the user's accounts the row names, empty when rows name none."""
        return "" if self._account_column is None else self._text(self._account_column, cells)

    def _text(self, at: int | None, cells: Sequence[str]) -> str:
        text = "" if at is None else cells[at].strip()
        return text.replace("\n", " ") if "\n" in text else text

    def _day(self, text: str) -> date:
        day = self._days.get(text)
        if day is None:
            day = read_date(text, order=self._mapping.date_order, today=self._today)
            self._days[text] = day
        return day

    def _amount(self, line: int, cells: Sequence[str]) -> Money:
        columns = self._columns
        if columns.amount is None:
            return self._debit_and_credit(line, cells)
        money = self._amounts.get(cells[columns.amount])
        if money is None:
            money = self._signed_amount(line, columns.amount, cells)
        if columns.fee is not None and (fee := self._text(columns.fee, cells)):
            money -= self._money(line, take_apart(fee), money.currency)
        return money

    def _signed_amount(self, line: int, at: int, cells: Sequence[str]) -> Money:
        text = self._text(at, cells)
        money = self._plain_money(text) if self._as_printed else None
        if money is not None:
            self._amounts[cells[at]] = money  # such an amount means the same in every row
            return money
        printed = take_apart(text)
        money = self._money(line, printed, self._currency(cells, printed))
        return -money if self._is_out(printed, cells) else money

    def _plain_money(self, text: str) -> Money | None:
        """Read an amount the quick way if it is written as nine in ten are; else None."""
        if self._is_plain is None or not self._is_plain(text):
            return None
        mapping = self._mapping
        return Money(int(text.replace(mapping.decimal_mark, "")), mapping.currency)

    def _is_out(self, printed: PrintedAmount, cells: Sequence[str]) -> bool:
        """Tell whether a printed amount is money out, by mark, minus, type or habit."""
        marked = mark_of(printed, self._columns, cells)
        if self._mapping.sign is Sign.UNMARKED_OUT:
            return marked <= 0
        is_out = marked < 0 if marked else printed.negative
        return is_out is not (self._mapping.sign is Sign.TURNED)

    def _debit_and_credit(self, line: int, cells: Sequence[str]) -> Money:
        credit = self._side(line, cells, "credit")
        debit = self._side(line, cells, "debit")
        if debit and credit:
            return credit - debit
        return -debit if debit else credit or self._nothing(cells)

    def _side(self, line: int, cells: Sequence[str], role: str) -> Money | None:
        """Return the amount in the debit or credit column; None when there is none or nothing."""
        text = cells[getattr(self._columns, role)].strip()
        if not any(map(str.isdigit, text)):
            return None
        printed = take_apart(text)
        money = self._money(line, printed, self._currency(cells, printed))
        is_minus = printed.negative is not (role in self._mapping.negative_columns)
        return -money if is_minus else money

    def _nothing(self, cells: Sequence[str]) -> Money:
        return Money.zero(self._currency(cells, PrintedAmount("0")))

    def _money(self, line: int, printed: PrintedAmount, currency: str) -> Money:
        if self._mapping.minor_units:
            return minor_from(printed.digits, currency)
        money, rounded = money_from(printed.digits, self._mapping.decimal_mark, currency)
        if rounded:
            self.rounded_lines.append(line)
        return money

    def _currency(self, cells: Sequence[str], printed: PrintedAmount) -> str:
        """Return the row's currency: its own column, the sign at the amount, the file's."""
        named = self._text(self._columns.currency, cells)
        code = unit_currency(named) if named else printed.unit or self._mapping.currency
        if not code:
            raise CurrencyUnknown(currency=named[:8])
        return self._dollar if code == "$" else code

    def _balance(self, cells: Sequence[str], currency: str) -> Money | None:
        """Return the printed balance; one that is no amount is no reason to refuse the row."""
        text = cells[self._columns.balance or 0].strip()
        if not text:
            return None
        money = self._plain_money(text)
        if money is not None:
            return money
        try:
            printed = take_apart(text)
            money, _ = money_from(printed.digits, self._mapping.decimal_mark, currency)
        except FinanceError:
            return None
        is_minus = printed.marked < 0 or (printed.negative and not printed.marked)
        return -money if is_minus else money
