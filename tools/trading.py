"""Writing trades down: bought, sold, dividends, charges, splits. Each can be undone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, day, money, named
from core.ids import UserId
from core.investments.known import known_securities
from core.investments.lot import Lot, Lots, lots_of
from core.investments.quantity import EXACT, price_of, quantity_of, shown, worth
from core.investments.security import Security
from core.investments.tax_rules import loss_rule, wash_sale_rule
from core.investments.trade import SplitUnreadable, Trade, TradeKind, TradeState
from core.investments.wash_sale import wash_sales
from core.ledger.account import Account, AccountKind
from core.money import Money, exponent, to_decimal, total
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.lots import named_lot
from tools.outcome import Changed, Inverse, Unclear
from tools.recording import booked_day
from tools.security_names import SecurityNameUnknown, one_security
from tools.spec import Arguments, Tier, tool

_RATIO = re.compile(r"(\d{1,5}):(\d{1,5})")
_SHAPES = {
    TradeKind.BUY: "bought",
    TradeKind.SELL: "sold",
    TradeKind.DIVIDEND: "dividend",
    TradeKind.FEE: "fee",
    TradeKind.SPLIT: "split",
}


class TradeOtherCurrency(FinanceError):
    """The security is traded in another currency than the trade was told in."""

    code = "trade.other_currency"


class NothingHeld(FinanceError):
    """There is nothing of the security to sell, to split or to be paid for."""

    code = "trade.nothing_held"


class NoTrade(FinanceError):
    """There is no trade that could be deleted."""

    code = "trade.none"


class AddTrade(Arguments):
    """What was bought, sold, paid out, charged or split."""

    security: str = Field(description="Its name or symbol, like 'apple' or 'AAPL'")
    kind: Literal["buy", "sell", "dividend", "fee", "split"] = Field("buy", description="What")
    quantity: str | None = Field(None, description="How many, like '5' or '0.25'; 'half', 'all'")
    price: str | None = Field(None, description="What one piece was traded at")
    amount: str | None = Field(None, description="All of it, before fees, instead of the price")
    fee: str | None = Field(None, description="What the broker took for it, or tax kept back")
    currency: str | None = Field(None, description="ISO code, when one was said")
    account: str | None = Field(None, description="Account the money went from or came into")
    booked_date: str | None = Field(None, description="ISO date; today when left out")
    ratio: str | None = Field(None, description="Of a split: new pieces for old ones, like '4:1'")
    lot: str | None = Field(
        None, description="Of a sale: the purchase it takes, by ISO date or number in show_lots"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("trade_state",))
def add_trade(arguments: AddTrade, work: ToolWork) -> Changed:
    """Write down a trade the user made: bought, sold, a dividend, a charge or a split.

    It trades nothing: the user did. The money is booked on the account named, or on the only
    investment account in the currency; without one the trade is kept and no money is booked.
    """
    security = _security(arguments, work)
    told = _told(arguments, security, work)
    account = _account(arguments, told, work)
    if account is not None:
        told = replace(told, account_id=account.id)
    kept = work.uow.trades.add(told, now=work.now)
    lots = lots_of(work.uow.trades.of(work.user_id, security.id))
    facts = _facts(kept, security, lots, work)
    if account is not None:
        facts += (named("account", account.name),)
    without = () if account is not None or not kept.cash else ("add_trade.no_account",)
    options = (*without, *_order_told(kept, security, work))
    lost = _disallowed(kept, security, work)
    if lost is not None:
        facts += (money("disallowed", lost),)
        options = ("add_trade.wash_sale", *options)
    answer = Answer(
        f"add_trade.{_SHAPES[kept.kind]}",
        facts,
        options=options,
        choices=UNDO,
        subjects=(security.handle,),
    )
    undo = Inverse("trade_state", {"trade": kept.id, "state": TradeState.DELETED.value})
    return Changed(answer, (undo,))


def _disallowed(kept: Trade, security: Security, work: ToolWork) -> Money | None:
    """Return what of a loss does not count by this trade where the user pays taxes, if anything."""
    rule = wash_sale_rule(work.preferences.country, security.kind, kept.traded_on)
    if rule is None or kept.kind not in (TradeKind.BUY, TradeKind.SELL):
        return None
    sales = wash_sales(work.uow.trades.of(work.user_id, security.id), rule)
    lost = [one.disallowed for one in sales if kept.id in (one.sale_id, one.replacement_id)]
    return total(lost, security.currency) if lost else None


def _order_told(kept: Trade, security: Security, work: ToolWork) -> tuple[str, ...]:
    """Say that taxes count otherwise where a sale names its purchase and the law does not."""
    rule = loss_rule(work.preferences.country, security.kind, kept.traded_on)
    is_bound = kept.lot_id is not None and rule is not None and rule.first_in_first_out
    return ("add_trade.first_in_first_out",) if is_bound else ()


def _security(arguments: AddTrade, work: ToolWork) -> Security:
    """Return the security traded, kept from now on when it is new; only a purchase opens one."""
    found = one_security(work, arguments.security)
    currency = (arguments.currency or found.currency).upper()
    exponent(currency)
    is_settled = bool(found.id) or found.symbol in known_securities()
    if is_settled and currency != found.currency:
        raise TradeOtherCurrency(name=found.name, currency=found.currency)
    if found.id:
        return found
    if arguments.kind != TradeKind.BUY.value:
        raise NothingHeld(name=found.name)
    _check_told(arguments)
    return work.uow.trades.add_security(replace(found, currency=currency), now=work.now)


def _check_told(arguments: AddTrade) -> None:
    """Ask for what a purchase or a sale cannot do without, before anything is kept."""
    if arguments.quantity is None and (arguments.price is None or arguments.amount is None):
        raise Unclear("quantity", phrase="ask.quantity")
    if arguments.price is None and arguments.amount is None:
        raise Unclear("price", phrase="ask.trade_price")


def _told(arguments: AddTrade, security: Security, work: ToolWork) -> Trade:
    """Read what was told into a trade that is not kept yet."""
    kind = TradeKind(arguments.kind)
    none = Money.zero(security.currency)
    on = booked_day(arguments.booked_date, work)
    fee = Money.of(to_decimal(arguments.fee), security.currency) if arguments.fee else none
    blank = Trade(
        id=0,
        user_id=UserId(work.user_id),
        security_id=security.id,
        kind=TradeKind.BUY,
        traded_on=on,
        quantity=Decimal(1),
        amount=none,
        fee=fee,
    )
    if kind is TradeKind.SPLIT:
        new, old = _ratio(arguments.ratio)
        return replace(blank, kind=kind, quantity=Decimal(0), new=new, old=old)
    if kind in (TradeKind.DIVIDEND, TradeKind.FEE):
        if arguments.amount is None:
            raise Unclear("amount", phrase="ask.amount")
        amount = Money.of(to_decimal(arguments.amount), security.currency)
        return replace(blank, kind=kind, quantity=Decimal(0), amount=amount)
    _check_told(arguments)
    lot = _lot(arguments, security, on, work)
    many = _quantity(arguments, security, on, work, lot)
    amount = _amount(arguments, many, security)
    lot_id = None if lot is None else lot.trade_id
    return replace(blank, kind=kind, quantity=many, amount=amount, lot_id=lot_id)


def _lot(arguments: AddTrade, security: Security, on: date, work: ToolWork) -> Lot | None:
    if arguments.lot is None or arguments.kind != TradeKind.SELL.value:
        return None
    return named_lot(arguments.lot, security, on, work)


def _amount(arguments: AddTrade, many: Decimal, security: Security) -> Money:
    if arguments.price is not None:
        return worth(many, price_of(arguments.price), security.currency)
    return Money.of(to_decimal(arguments.amount or "0"), security.currency)


def _quantity(
    arguments: AddTrade, security: Security, on: date, work: ToolWork, lot: Lot | None
) -> Decimal:
    said = arguments.quantity
    if said is None:
        price, amount = price_of(arguments.price or "0"), to_decimal(arguments.amount or "0")
        return quantity_of(EXACT.divide(amount, price).quantize(Decimal("0.00000001")))
    if said not in ("half", "all"):
        return quantity_of(said)
    before = [one for one in work.uow.trades.of(work.user_id, security.id) if one.traded_on <= on]
    there = lots_of(before).quantity if lot is None else lot.quantity
    if not there:
        raise NothingHeld(name=security.name)
    return there if said == "all" else EXACT.divide(there, Decimal(2))


def _ratio(text: str | None) -> tuple[int, int]:
    match = _RATIO.fullmatch(text or "")
    if text is None:
        raise Unclear("ratio", phrase="ask.ratio")
    if match is None:
        raise SplitUnreadable
    return int(match[1]), int(match[2])


def _account(arguments: AddTrade, told: Trade, work: ToolWork) -> Account | None:
    """Return where the money is booked: the account named, else the only one for investments."""
    if arguments.account is not None:
        account = names.account(work, arguments.account)
        names.refuse_own_record(account)
        return account
    currency = told.amount.currency
    fitting = [
        one
        for one in work.uow.accounts.of(work.user_id)
        if one.kind is AccountKind.INVESTMENT and one.currency == currency
    ]
    return fitting[0] if len(fitting) == 1 else None


def _facts(kept: Trade, security: Security, lots: Lots, work: ToolWork) -> tuple[Fact, ...]:
    rows = (int(kept.entry_id),) if kept.entry_id is not None else ()
    facts: tuple[Fact, ...] = (
        named("name", security.name),
        named("held", shown(lots.quantity)),
        money("amount", abs(kept.cash), rows=rows, row_count=len(rows)),
    )
    if kept.kind in (TradeKind.BUY, TradeKind.SELL):
        price = kept.price or Decimal(0)
        facts += (
            named("quantity", shown(kept.quantity)),
            money("price", Money.rounded(price, security.currency)),
        )
    if kept.kind is TradeKind.SELL:
        gains = (one.gain for one in lots.matches if one.sale_id == kept.id)
        gain = sum(gains, start=Money.zero(security.currency))
        facts += (money("gain", gain), named("result", _result(gain)))
        if kept.lot_id is not None:
            opened = (one.opened_on for one in lots.matches if one.sale_id == kept.id)
            facts += (day("lot", next(opened)),)
    if kept.kind is TradeKind.SPLIT:
        facts += (named("ratio", f"{kept.new}:{kept.old}"),)
    if kept.fee:
        facts += (money("fee", kept.fee),)
    if kept.traded_on != work.today:
        facts += (day("date", kept.traded_on),)
    return facts


def _result(gain: Money) -> str:
    return "result_loss" if gain.minor < 0 else "result_gain"


class DeleteTrade(Arguments):
    """Which trade: the newest one, or the newest one of a security."""

    security: str | None = Field(None, description="The newest of this one; of all if left out")


@tool(tier=Tier.REVERSIBLE, inverse=("trade_state",))
def delete_trade(arguments: DeleteTrade, work: ToolWork) -> Changed:
    """Delete the trade that was written down last, with its money; lots are as if it never was."""
    trades = work.uow.trades.of(work.user_id)
    if arguments.security is not None:
        security = one_security(work, arguments.security)
        if not security.id:
            raise SecurityNameUnknown(name=security.name)
        trades = tuple(one for one in trades if one.security_id == security.id)
    if not trades:
        raise NoTrade
    last = max(trades, key=lambda one: one.id)
    security = work.uow.trades.security(work.user_id, last.security_id)
    work.uow.trades.set_state(work.user_id, last.id, TradeState.DELETED, now=work.now)
    facts: tuple[Fact, ...] = (
        named("name", security.name),
        named("kind", f"trade_{last.kind}"),
        day("date", last.traded_on),
    )
    if last.quantity:
        facts += (named("quantity", shown(last.quantity)),)
    if last.cash:
        facts += (money("amount", abs(last.cash)),)
    undo = Inverse("trade_state", {"trade": last.id, "state": TradeState.ACTIVE.value})
    answer = Answer("delete_trade.deleted", facts, choices=UNDO, subjects=(security.handle,))
    return Changed(answer, (undo,))


def restore_trade(work: ToolWork, *, trade: int, state: str) -> None:
    """Undo: take a trade and its money out, or bring both back."""
    work.uow.trades.set_state(work.user_id, trade, TradeState(state), now=work.now)
