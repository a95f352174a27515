"""Settles how a bank writes its rows, from all of them: date order, decimals, currency, sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.statements.amounts import PrintedAmount, decimal_mark, one_of_each_shape, take_apart
from core.statements.csv_columns import Columns
from core.statements.csv_sign import fees_count, settle_sign
from core.statements.csv_table import Row, Table, labelled
from core.statements.dates import DateOrder, commoner_order, is_all_numbers, possible_orders
from core.statements.headers import fold, phrases, words
from core.statements.mapping import CsvMapping
from core.statements.refusals import CurrencyUnknown, DateAmbiguous

DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "COP", "CLP", "ARS", "TWD"})
# Columns that only the Monzo exports of 2018 have together; their amounts are in pence.
_MONZO_2018 = frozenset({"id", "created", "amount", "currency", "local amount", "emoji"})


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the caller knows: today, and of the user the currency and how they write dates."""

    today: date
    currency: str | None = None
    date_order: DateOrder | None = None
    filename: str = ""
    decimal_mark: str | None = None  # what the user said of this file


def propose_mapping(
    table: Table, columns: Columns, entries: Sequence[Row], expected: Expectations
) -> CsvMapping:
    """Return how to read ``entries``; raise when nothing settles a doubt that changes a figure."""
    amounts = _printed(entries, (columns.amount, columns.debit, columns.credit))
    if any(amount.negative for amount in amounts):
        columns = replace(columns, type=None)  # the minus already says it
    currency = _currency(table, columns, amounts, expected)
    mark = expected.decimal_mark or decimal_mark(
        {amount.digits for amount in [*amounts, *_printed(entries, (columns.balance,))]},
        decimals=EXPONENTS.get(currency, 2),
    )
    finding = settle_sign(columns, entries, mark)
    return CsvMapping(
        delimiter=table.delimiter,
        header=table.header.names,
        columns=replace(columns, fee=columns.fee if fees_count(columns, entries, mark) else None),
        date_order=_date_order(table, columns, entries, expected),
        decimal_mark=mark,
        sign=finding.sign,
        currency=currency,
        negative_columns=_negative_columns(columns, entries),
        minor_units=_is_in_pence(table, amounts),
        kind=finding.kind or ("card" if _mentions_card(table) else ""),
    )


def _negative_columns(columns: Columns, entries: Sequence[Row]) -> tuple[str, ...]:
    """Name the debit or credit column whose amounts all have a minus that says nothing new."""
    places = {"debit": columns.debit, "credit": columns.credit}
    found = []
    for role, at in places.items():
        printed = [amount for amount in _printed(entries, (at,)) if amount.digits.strip("0.,")]
        if printed and all(amount.negative for amount in printed):
            found.append(role)
    return tuple(found)


def _printed(entries: Sequence[Row], places: Iterable[int | None]) -> list[PrintedAmount]:
    """Return amounts of every shape; cells that are none are left for the reading to refuse."""
    texts = {cells[at].strip() for at in places if at is not None for _, cells in entries}
    found = []
    for text in one_of_each_shape(texts - {""}):
        try:
            found.append(take_apart(text))
        except FinanceError:
            continue
    return found


def dollar_of(currency: str | None) -> str:
    """Return the currency that ``$`` means to somebody whose currency is ``currency``."""
    return currency if currency in DOLLARS and currency else "USD"


def _currency(
    table: Table, columns: Columns, amounts: Sequence[PrintedAmount], expected: Expectations
) -> str:
    """Return the currency of rows that name none; empty when every row must name its own."""
    units = {amount.unit for amount in amounts} - {""}
    unit = units.pop() if len(units) == 1 else ""
    found = table.header.currency or unit or _preamble_currency(table) or expected.currency or ""
    if found == "$":
        return dollar_of(expected.currency)
    if not found and columns.currency is None:
        raise CurrencyUnknown
    return found


def _preamble_currency(table: Table) -> str:
    for label, value in labelled(table.preamble):
        if label in words("currency_label") and value.upper() in EXPONENTS:
            return value.upper()
    return ""


def _date_order(
    table: Table, columns: Columns, entries: Sequence[Row], expected: Expectations
) -> DateOrder:
    at = columns.date or 0
    lines = {cells[at].strip(): line for line, cells in reversed(entries)}
    orders = possible_orders(lines, today=expected.today)
    if len(orders) == 1:
        return orders[0]
    if not orders:
        return commoner_order(lines, expected.today)
    doubtful = [text for text in reversed(lines) if is_all_numbers(text)]
    if not doubtful or table.header.continental:
        return DateOrder.DAY_FIRST
    if expected.date_order is None:
        raise DateAmbiguous(line=lines[doubtful[0]], example=doubtful[0][:20])
    return expected.date_order


def _is_in_pence(table: Table, amounts: Iterable[PrintedAmount]) -> bool:
    names = frozenset(table.header.names)
    return names >= _MONZO_2018 and all(amount.digits.isdecimal() for amount in amounts)


def _mentions_card(table: Table) -> bool:
    """Tell whether the lines before the header, or a column, speak of a card."""
    before = " ".join(fold(cell) for _, row in table.preamble for cell in row)
    return bool(phrases("card").search(f"{before} {' '.join(table.header.names)}"))
