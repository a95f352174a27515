"""A trade: what was bought, sold, paid out or charged, or how pieces were split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, EntryId, UserId
from core.investments.quantity import EXACT, price_of, quantity_of, worth
from core.money import Money

MOST_SPLIT = 10_000


class TradeIncomplete(FinanceError):
    """A trade of this kind needs something that was not given."""

    code = "trade.incomplete"


class SplitUnreadable(FinanceError):
    """A split is two whole numbers above nought that differ: 4 for 1, 1 for 10."""

    code = "trade.split_unreadable"


class TradeMoveRefused(FinanceError):
    """The trade cannot go from the state it is in to the one asked for."""

    code = "trade.move_refused"


class TradeKind(StrEnum):
    """What a trade does; the value is the key of its word."""

    BUY = "buy"
    SELL = "sell"
    DIVIDEND = "dividend"
    FEE = "fee"
    SPLIT = "split"


class TradeState(StrEnum):
    """Whether a trade counts."""

    ACTIVE = "active"
    DELETED = "deleted"


TRADE_MOVES: Mapping[TradeState, frozenset[TradeState]] = {
    TradeState.ACTIVE: frozenset({TradeState.DELETED}),
    # Only undo brings a deleted trade back.
    TradeState.DELETED: frozenset({TradeState.ACTIVE}),
}


class TradeSource(StrEnum):
    """Where a trade came from."""

    MANUAL = "manual"
    IMPORT = "import"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade of one security; ``id`` 0 means that it is not stored yet.

    ``quantity`` and ``amount`` (quantity times price, before fees) are those of a buy or a sale;
    a dividend and a fee have an amount only, a split has its two whole numbers only: ``old``
    pieces become ``new`` ones. ``entry_id`` is the cash leg in the books, if money was booked.
    ``lot_id`` is the purchase that a sale takes its pieces from, where the user named one.
    """

    id: int
    user_id: UserId
    security_id: int
    kind: TradeKind
    traded_on: date
    quantity: Decimal
    amount: Money
    fee: Money
    new: int = 1
    old: int = 1
    account_id: AccountId | None = None
    entry_id: EntryId | None = None
    state: TradeState = TradeState.ACTIVE
    source: TradeSource = TradeSource.MANUAL
    lot_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse a trade that would change nothing or that no broker could have done."""
        moves_pieces = self.kind in (TradeKind.BUY, TradeKind.SELL)
        if moves_pieces:
            quantity_of(self.quantity)
        if self.kind is TradeKind.SPLIT:
            _check_split(self.new, self.old)
        elif self.amount.minor < 0 or (not moves_pieces and not self.amount):
            raise TradeIncomplete(missing="amount")
        if self.fee.minor < 0:
            raise TradeIncomplete(missing="fee")
        if self.amount.currency != self.fee.currency:
            raise ValueError("two currencies in one trade")

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"trade:{self.id}"

    @property
    def cash(self) -> Money:
        """What the trade does to the account it was paid from: negative is money out."""
        match self.kind:
            case TradeKind.BUY:
                return -(self.amount + self.fee)
            case TradeKind.SELL | TradeKind.DIVIDEND:
                return self.amount - self.fee
            case TradeKind.FEE:
                return -(self.amount + self.fee)
        return Money.zero(self.amount.currency)

    @property
    def price(self) -> Decimal | None:
        """What one piece was bought or sold at, nothing for what has no price."""
        if self.kind not in (TradeKind.BUY, TradeKind.SELL) or not self.amount:
            return None
        return EXACT.divide(self.amount.decimal, self.quantity)


def pieces(  # what a broker's note says, each by its name
    user_id: UserId,
    security_id: int,
    kind: TradeKind,
    on: date,
    *,
    quantity: Decimal | str,
    each: Money | tuple[Decimal, str],
) -> Trade:
    """Return a buy or a sale of ``quantity`` pieces; ``each`` is the price and its currency."""
    price, currency = (each.decimal, each.currency) if isinstance(each, Money) else each
    many = quantity_of(quantity)
    amount = worth(many, price_of(price), currency)
    return Trade(0, user_id, security_id, kind, on, many, amount, Money.zero(currency))


def move(trade: Trade, to: TradeState) -> Trade:
    """Return the trade in state ``to``; raise `TradeMoveRefused` when it cannot go there."""
    if to not in TRADE_MOVES[trade.state]:
        raise TradeMoveRefused(state=trade.state, to=to)
    return replace(trade, state=to)


def in_order(trade: Trade) -> tuple[date, bool, bool, int]:
    """Return the order in which trades count.

    On one day a split comes first (prices of the day are after it), then what adds pieces.
    """
    return (
        trade.traded_on,
        trade.kind is not TradeKind.SPLIT,
        trade.kind is TradeKind.SELL,
        trade.id,
    )


def _check_split(new: int, old: int) -> None:
    if not 1 <= new <= MOST_SPLIT or not 1 <= old <= MOST_SPLIT or new == old:
        raise SplitUnreadable
