"""Lots: what each purchase still holds, and which sale took how much of it.

A sale takes the oldest pieces first, or those of the purchase that the user named.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from core.errors import FinanceError
from core.investments.quantity import added, shown, split_quantity, taken
from core.investments.trade import Trade, TradeKind, in_order
from core.money import Money, total


class SoldMoreThanHeld(FinanceError):
    """A sale takes more pieces than there were on its day."""

    code = "trade.sold_more_than_held"


class LotTooSmall(FinanceError):
    """The purchase that a sale names has not so many pieces left, or none."""

    code = "trade.lot_too_small"


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one purchase: pieces, and what they cost with their share of the fee."""

    trade_id: int
    security_id: int
    opened_on: date
    quantity: Decimal
    cost: Money


@dataclass(frozen=True, slots=True)
class LotMatch:
    """A part of a purchase that a sale took: its cost, and what came in for it after fees."""

    trade_id: int  # the purchase
    sale_id: int
    security_id: int
    opened_on: date
    closed_on: date
    quantity: Decimal
    cost: Money
    proceeds: Money

    @property
    def gain(self) -> Money:
        """What the sale gained over the cost; a loss is negative."""
        return self.proceeds - self.cost


@dataclass(frozen=True, slots=True)
class Lots:
    """All of one security: the lots still open, oldest first, and every match so far."""

    open: tuple[Lot, ...]
    matches: tuple[LotMatch, ...]

    @property
    def quantity(self) -> Decimal:
        """How many pieces there are."""
        whole = Decimal(0)
        for lot in self.open:
            whole = added(whole, lot.quantity)
        return whole

    def cost(self, currency: str) -> Money:
        """Return what the pieces that are there cost."""
        return total((lot.cost for lot in self.open), currency)

    def gained(self, currency: str) -> Money:
        """Return what sales gained so far."""
        return total((match.gain for match in self.matches), currency)


def lots_of(trades: Iterable[Trade]) -> Lots:
    """Return the lots that the trades of one security make.

    Raise `SoldMoreThanHeld`, or `LotTooSmall` where a sale names its purchase.

    Pieces and cost are conserved: what a sale takes leaves the lot it came from, to the last
    minor unit, and a split changes the number of pieces and no cost.
    """
    matches: list[LotMatch] = []
    waiting: Sequence[Lot] = ()
    for _, sold, left in steps(trades):
        matches.extend(sold)
        waiting = left
    return Lots(tuple(waiting), tuple(matches))


def steps(
    trades: Iterable[Trade],
) -> Iterator[tuple[Trade, Sequence[LotMatch], Sequence[Lot]]]:
    """Give each trade in the order they count, what it took, and the lots that are open after it.

    The lots are good until the next step only. Raise as `lots_of` does.
    """
    waiting: deque[Lot] = deque()
    for trade in sorted(trades, key=in_order):
        sold: Sequence[LotMatch] = ()
        match trade.kind:
            case TradeKind.BUY:
                waiting.append(_opened(trade))
            case TradeKind.SELL:
                take = _sold if trade.lot_id is None else _sold_of_lot
                sold = take(trade, waiting)
            case TradeKind.SPLIT:
                waiting = deque(_split(lot, trade) for lot in waiting)
        yield trade, sold, waiting


def _opened(trade: Trade) -> Lot:
    cost = trade.amount + trade.fee
    return Lot(trade.id, trade.security_id, trade.traded_on, trade.quantity, cost)


def _split(lot: Lot, trade: Trade) -> Lot:
    return replace(lot, quantity=split_quantity(lot.quantity, trade.new, trade.old))


def _sold(sale: Trade, waiting: deque[Lot]) -> list[LotMatch]:
    """Take a sale out of the oldest lots."""
    left, money_left = sale.quantity, sale.cash
    found = []
    while left:
        if not waiting:
            raise SoldMoreThanHeld(on=sale.traded_on.isoformat())
        lot = waiting.popleft()
        part = min(left, lot.quantity)
        cost = _share(lot.cost, part, lot.quantity)
        proceeds = _share(money_left, part, left)
        found.append(_match(lot, sale, part, (cost, proceeds)))
        left, money_left = taken(left, part), money_left - proceeds
        if part < lot.quantity:
            rest = replace(lot, quantity=taken(lot.quantity, part), cost=lot.cost - cost)
            waiting.appendleft(rest)
    return found


def _sold_of_lot(sale: Trade, waiting: deque[Lot]) -> list[LotMatch]:
    """Take a sale out of the purchase that it names, and of no other."""
    place = next((at for at, lot in enumerate(waiting) if lot.trade_id == sale.lot_id), None)
    left = Decimal(0) if place is None else waiting[place].quantity
    if place is None or left < sale.quantity:
        raise LotTooSmall(left=shown(left))
    named = deque([waiting[place]])
    found = _sold(sale, named)
    del waiting[place]
    if named:
        waiting.insert(place, named[0])
    return found


def _match(lot: Lot, sale: Trade, part: Decimal, sums: tuple[Money, Money]) -> LotMatch:
    return LotMatch(
        trade_id=lot.trade_id,
        sale_id=sale.id,
        security_id=sale.security_id,
        opened_on=lot.opened_on,
        closed_on=sale.traded_on,
        quantity=part,
        cost=sums[0],
        proceeds=sums[1],
    )


def _share(whole: Money, part: Decimal, of: Decimal) -> Money:
    """Return the share of an amount that belongs to a part of the pieces; all of it for all."""
    return whole.times(Fraction(part) / Fraction(of))
