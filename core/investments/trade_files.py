"""Reads files of trades and of prices (CSV): every row, or none with the line and the reason."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from core.errors import FinanceError
from core.investments.quantity import price_of, quantity_of, worth
from core.investments.security import symbol_of
from core.investments.trade import MOST_SPLIT, TradeKind
from core.money import Money, exponent, to_decimal

MOST_ROWS = 20_000
MOST_PRICES = 5_000
_MOST_BYTES = 5_000_000
_LONGEST_NAME = 80
_DELIMITERS = ",;\t|"
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_RATIO = re.compile(r"(\d{1,5})\s*(?::|for|/|-for-)\s*(\d{1,5})", re.IGNORECASE)
_NEEDED_OF_TRADES = ("date", "kind", "symbol")
_NEEDED_OF_PRICES = ("date", "symbol", "price")
_Read = Callable[[str], Decimal]
_HEADINGS = Path(__file__).with_name("headings.toml")


class TradeFileRefused(FinanceError):
    """A row cannot be read, so nothing of the file is kept (``line``, ``reason``)."""

    code = "trades.row_unreadable"


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One row of a file of trades; ``currency`` is empty where the file names none."""

    line: int
    symbol: str
    name: str
    kind: TradeKind
    on: date
    quantity: Decimal
    price: Decimal | None
    amount: Decimal | None
    fee: Decimal
    currency: str
    ratio: tuple[int, int]
    key: bytes

    def money(self, currency: str) -> tuple[Money, Money]:
        """Return the amount before fees and the fee, in the currency of the security."""
        fee = _exact(self.fee, currency, self.line)
        if self.kind is TradeKind.SPLIT:
            return Money.zero(currency), fee
        if self.amount is not None:
            return _exact(self.amount, currency, self.line), fee
        assert self.price is not None
        return worth(self.quantity, self.price, currency), fee


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of a file of prices."""

    line: int
    symbol: str
    on: date
    price: Decimal
    currency: str


def is_trade_file(data: bytes) -> bool:
    """Tell whether a file's headings are those of trades."""
    columns = _columns(_first_line(data))
    return all(name in columns for name in _NEEDED_OF_TRADES) and bool(
        columns.keys() & {"quantity", "amount", "ratio"}
    )


def is_price_file(data: bytes) -> bool:
    """Tell whether a file's headings are those of prices of securities."""
    columns = _columns(_first_line(data))
    lacks = not columns.keys() & {"kind", "quantity", "amount", "fee"}
    return lacks and all(name in columns for name in _NEEDED_OF_PRICES)


def read_trades(data: bytes) -> tuple[TradeRow, ...]:
    """Return all trades of a file, in its order; raise `TradeFileRefused`.

    Two rows that are the same in everything are two trades; read again, a file is known by
    what each row says and by which of the same rows it is.
    """
    seen: Counter[str] = Counter()
    rows = []
    for line, cells in _rows(data, MOST_ROWS):
        row = _trade(line, cells)
        seen[row] += 1
        rows.append(_keyed(line, cells, row, seen[row]))
    if not rows:
        raise TradeFileRefused(line=1, reason="no_rows")
    return tuple(rows)


def read_prices(data: bytes) -> tuple[PriceRow, ...]:
    """Return all prices of a file; raise `TradeFileRefused`."""
    rows = tuple(
        PriceRow(
            line=line,
            symbol=_symbol(line, cells),
            on=_day(line, cells),
            price=_number(line, cells, "price", price_of),
            currency=_currency(line, cells),
        )
        for line, cells in _rows(data, MOST_PRICES)
    )
    if not rows:
        raise TradeFileRefused(line=1, reason="no_rows")
    return rows


def _trade(line: int, cells: Mapping[str, str]) -> str:
    """Check that a row is a trade and return what makes it the same as another."""
    kind = _kind(line, cells)
    parts = [_symbol(line, cells), _day(line, cells).isoformat(), kind.value]
    names = ("quantity", "price", "amount", "fee", "currency", "ratio")
    return "\x1f".join([*parts, *(cells.get(name, "") for name in names)])


def _keyed(line: int, cells: Mapping[str, str], said: str, which: int) -> TradeRow:
    kind = _kind(line, cells)
    moves = kind in (TradeKind.BUY, TradeKind.SELL)
    quantity = _number(line, cells, "quantity", quantity_of) if moves else Decimal(0)
    price = _optional(line, cells, "price", price_of) if moves else None
    amount = _optional(line, cells, "amount", _positive)
    if kind is not TradeKind.SPLIT and price is None and amount is None:
        raise TradeFileRefused(line=line, reason="price_missing")
    return TradeRow(
        line=line,
        symbol=_symbol(line, cells),
        name=cells.get("name", "")[:_LONGEST_NAME],
        kind=kind,
        on=_day(line, cells),
        quantity=quantity,
        price=price,
        amount=amount if price is None or not moves else None,
        fee=_optional(line, cells, "fee", _positive) or Decimal(0),
        currency=_currency(line, cells),
        ratio=_ratio(line, cells) if kind is TradeKind.SPLIT else (1, 1),
        key=blake2b(f"{said}\x1f{which}".encode(), digest_size=16).digest(),
    )


def _rows(data: bytes, most: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row with its line number, its cells by what their column means."""
    if len(data) > _MOST_BYTES:
        raise TradeFileRefused(line=1, reason="too_long")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TradeFileRefused(line=1, reason="encoding") from None
    first = _first_line(data)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(first))
    columns: dict[str, int] = {}
    width, count = 0, 0
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns, width = _columns(first), len(cells)
            continue
        count += 1
        if len(cells) != width:
            raise TradeFileRefused(line=reader.line_num, reason="columns_differ")
        if count > most:
            raise TradeFileRefused(line=reader.line_num, reason="too_many_rows")
        yield reader.line_num, {name: cells[at].strip() for name, at in columns.items()}


def _first_line(data: bytes) -> str:
    for line in data[:20_000].decode("utf-8-sig", errors="replace").splitlines():
        if line.strip():
            return line
    return ""


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _columns(line: str) -> dict[str, int]:
    """Return which column means what; of two that mean the same, the first."""
    found: dict[str, int] = {}
    for at, heading in enumerate(next(csv.reader([line], delimiter=_delimiter(line)), [])):
        meaning = _meanings().get(" ".join(heading.casefold().split()))
        if meaning is not None:
            found.setdefault(meaning, at)
    return found


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(_HEADINGS.read_text(encoding="utf-8"))


@cache
def _meanings() -> Mapping[str, str]:
    return {
        heading: meaning
        for meaning, headings in _tables().items()
        if meaning != "kinds"
        for heading in headings
    }


@cache
def _kinds() -> Mapping[str, TradeKind]:
    return {word: TradeKind(kind) for kind, words in _tables()["kinds"].items() for word in words}


def _kind(line: int, cells: Mapping[str, str]) -> TradeKind:
    found = _kinds().get(cells.get("kind", "").casefold())
    if found is None:
        raise TradeFileRefused(line=line, reason="kind_unknown")
    return found


def _symbol(line: int, cells: Mapping[str, str]) -> str:
    try:
        return symbol_of(cells["symbol"])
    except FinanceError:
        raise TradeFileRefused(line=line, reason="symbol_bad") from None


def _day(line: int, cells: Mapping[str, str]) -> date:
    match = _DAY.fullmatch(cells["date"])
    if match is None:
        raise TradeFileRefused(line=line, reason="date_bad")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise TradeFileRefused(line=line, reason="date_bad") from None


def _currency(line: int, cells: Mapping[str, str]) -> str:
    code = cells.get("currency", "").upper()
    try:
        if code:
            exponent(code)
    except FinanceError:
        raise TradeFileRefused(line=line, reason="currency_unknown") from None
    return code


def _ratio(line: int, cells: Mapping[str, str]) -> tuple[int, int]:
    match = _RATIO.fullmatch(cells.get("ratio", "") or cells.get("quantity", ""))
    if match is None:
        raise TradeFileRefused(line=line, reason="ratio_bad")
    new, old = int(match[1]), int(match[2])
    if not 1 <= new <= MOST_SPLIT or not 1 <= old <= MOST_SPLIT or new == old:
        raise TradeFileRefused(line=line, reason="ratio_bad")
    return new, old


def _number(line: int, cells: Mapping[str, str], name: str, read: _Read) -> Decimal:
    text = cells.get(name, "")
    if not text:
        raise TradeFileRefused(line=line, reason=f"{name}_missing")
    try:
        value: Decimal = read(text.replace(",", "") if _thousands(text) else text)
    except FinanceError:
        raise TradeFileRefused(line=line, reason=f"{name}_bad") from None
    return value


def _thousands(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?", text))


def _optional(line: int, cells: Mapping[str, str], name: str, read: _Read) -> Decimal | None:
    return _number(line, cells, name, read) if cells.get(name) else None


def _positive(text: str) -> Decimal:
    """Read an amount whose sign only tells the direction, which the kind tells already."""
    return abs(to_decimal(text))


def _exact(amount: Decimal, currency: str, line: int) -> Money:
    try:
        return Money.of(amount, currency)
    except FinanceError:
        raise TradeFileRefused(line=line, reason="amount_bad") from None


def in_order(rows: Sequence[TradeRow]) -> tuple[TradeRow, ...]:
    """Return rows by their day, a split first and sales last, as they will count."""
    return tuple(
        sorted(
            rows,
            key=lambda row: (row.on, row.kind is not TradeKind.SPLIT, row.kind is TradeKind.SELL),
        )
    )
