"""Files of trades and of prices: what is new is kept once, and a whole file can be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from core.facts import Answer, Fact, count, named, span
from core.ids import UserId
from core.investments.known import known_securities
from core.investments.lot import SoldMoreThanHeld
from core.investments.price import FILE, Price
from core.investments.security import Security, SecurityKind
from core.investments.trade import Trade, TradeSource
from core.investments.trade_files import (
    PriceRow,
    TradeFileRefused,
    TradeRow,
    in_order,
    is_price_file,
    is_trade_file,
    read_prices,
    read_trades,
)
from core.ledger.account import Account, AccountKind
from core.period import Period
from core.statements.fingerprint import file_key
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse


@dataclass(frozen=True, slots=True)
class ReadTrades:
    """A file of trades or of prices that was read in full."""

    file_hash: str
    file_name: str
    trades: tuple[TradeRow, ...] = ()
    prices: tuple[PriceRow, ...] = ()


def read_if_trades(data: bytes, name: str) -> ReadTrades | None:
    """Read a file of trades or prices; nothing when its headings are not those of one."""
    if is_trade_file(data):
        return ReadTrades(file_key(data), name, trades=read_trades(data))
    if is_price_file(data):
        return ReadTrades(file_key(data), name, prices=read_prices(data))
    return None


def keep_file(read: ReadTrades, account: str | None, work: ToolWork, *, preview: bool) -> Changed:
    """Keep what is new in a file of trades or prices."""
    if read.prices:
        return _keep_prices(read, work, preview=preview)
    import_id = work.uow.imports.add(
        work.user_id,
        file_hash=read.file_hash,
        file_format="trades",
        file_name=read.file_name,
        now=work.now,
        ids=work.ids,
    )
    known = work.uow.trades.known(work.user_id)
    fresh = [row for row in read.trades if row.key not in known]
    booked = _keep_trades(fresh, account, import_id, work)
    work.uow.imports.count(import_id, rows=len(read.trades), new_rows=len(fresh))
    facts = _facts("trades", len(read.trades), len(fresh), [row.on for row in read.trades])
    facts += (named("currency", work.preferences.currency),)
    if preview:
        return Changed(Answer("import_statement.trades_preview", facts), ())
    if not fresh:
        return Changed(Answer("import_statement.trades_known", facts), ())
    options = () if booked else ("import_statement.trades_no_account",)
    answer = Answer("import_statement.trades", facts, options=options, choices=UNDO)
    return Changed(answer, (Inverse("trades_import", {"imported": import_id}),))


def _keep_trades(rows: list[TradeRow], words: str | None, import_id: str, work: ToolWork) -> bool:
    """Keep trades in the order in which they count; tell whether all money found its account."""
    chosen = names.account(work, words) if words is not None else None
    if chosen is not None:
        names.refuse_own_record(chosen)
    booked = True
    for row in in_order(rows):
        security = _security(row, work)
        account = chosen or _account(security.currency, work)
        if account is not None and account.currency != security.currency:
            raise TradeFileRefused(line=row.line, reason="account_currency")
        told = _told(row, security, account, work)
        booked = booked and account is not None
        try:
            work.uow.trades.add(told, now=work.now, fingerprint=row.key, import_id=import_id)
        except SoldMoreThanHeld:
            raise TradeFileRefused(line=row.line, reason="sold_more_than_held") from None
    return booked


def _told(row: TradeRow, security: Security, account: Account | None, work: ToolWork) -> Trade:
    if row.on > work.today:
        raise TradeFileRefused(line=row.line, reason="date_ahead")
    amount, fee = row.money(security.currency)
    return Trade(
        id=0,
        user_id=UserId(work.user_id),
        security_id=security.id,
        kind=row.kind,
        traded_on=row.on,
        quantity=row.quantity,
        amount=amount,
        fee=fee,
        new=row.ratio[0],
        old=row.ratio[1],
        account_id=account.id if account is not None else None,
        source=TradeSource.IMPORT,
    )


def _security(row: TradeRow, work: ToolWork) -> Security:
    """Return the user's security of a row, kept from now on; a row in another currency is none."""
    found = work.uow.trades.by_symbol(work.user_id, row.symbol)
    listed = known_securities().get(row.symbol)
    if found is None and listed is not None:
        found = listed.of(UserId(work.user_id))
    if found is None:
        found = Security(
            id=0,
            user_id=UserId(work.user_id),
            symbol=row.symbol,
            name=row.name or row.symbol,
            kind=SecurityKind.OTHER,
            currency=row.currency or work.preferences.currency,
        )
    if row.currency and row.currency != found.currency:
        raise TradeFileRefused(line=row.line, reason="other_currency")
    return found if found.id else work.uow.trades.add_security(found, now=work.now)


def _account(currency: str, work: ToolWork) -> Account | None:
    fitting = [
        one
        for one in work.uow.accounts.of(work.user_id)
        if one.kind is AccountKind.INVESTMENT and one.currency == currency
    ]
    return fitting[0] if len(fitting) == 1 else None


def _keep_prices(read: ReadTrades, work: ToolWork, *, preview: bool) -> Changed:
    before = {
        (one.symbol, one.on): one for one in work.uow.prices.own(work.user_id) if one.source == FILE
    }
    told = [_price(row, work) for row in read.prices]
    new = [one for one in told if _differs(one, before.get((one.symbol, one.on)))]
    work.uow.prices.keep_own(work.user_id, new)
    facts = _facts("prices", len(told), len(new), [one.on for one in told])
    if preview:
        return Changed(Answer("import_statement.prices_preview", facts), ())
    if not new:
        return Changed(Answer("import_statement.prices_known", facts), ())
    steps = [_step(one, before.get((one.symbol, one.on))) for one in new]
    undo = Inverse("own_prices", {"steps": steps})
    return Changed(Answer("import_statement.prices", facts, choices=UNDO), (undo,))


def _price(row: PriceRow, work: ToolWork) -> Price:
    if row.on > work.today:
        raise TradeFileRefused(line=row.line, reason="date_ahead")
    listed = known_securities().get(row.symbol)
    own = work.uow.trades.by_symbol(work.user_id, row.symbol)
    usual = own.currency if own else listed.currency if listed else work.preferences.currency
    at = datetime.combine(row.on, time(), UTC)
    return Price(row.symbol, row.price, row.currency or usual, row.on, at, FILE)


def _differs(one: Price, old: Price | None) -> bool:
    return old is None or (old.value, old.currency) != (one.value, one.currency)


def _step(one: Price, old: Price | None) -> list[str]:
    was = [f"{old.value:f}", old.currency] if old is not None else ["", one.currency]
    return [one.symbol, one.on.isoformat(), *was]


def _facts(what: str, rows: int, new: int, days: list[date]) -> tuple[Fact, ...]:
    facts = (
        named("format", what),
        count("rows", rows),
        count("new", new),
        count("known", rows - new),
        count("suggested_matches", 0),
    )
    last = date.fromordinal(max(days).toordinal() + 1)
    return (*facts, span("period", Period(min(days), last)))


def restore_import(work: ToolWork, *, imported: str) -> None:
    """Undo: take a file's trades out as if it had never come; it may come again."""
    work.uow.trades.take_back_import(work.user_id, imported, now=work.now)
    work.uow.imports.take_back(work.user_id, imported, now=work.now)


def restore_prices(work: ToolWork, *, steps: list[list[str]]) -> None:
    """Undo: forget prices that a file told, or bring those back whose place they took."""
    for symbol, on, value, currency in steps:
        day = date.fromisoformat(on)
        at = datetime.combine(day, time(), UTC)
        price = Price(symbol, Decimal(value or "1"), currency, day, at, FILE)
        work.uow.prices.forget_own(work.user_id, [price])
        if value:
            work.uow.prices.keep_own(work.user_id, [replace(price, value=Decimal(value))])
