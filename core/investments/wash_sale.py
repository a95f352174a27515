"""Wash sales: which part of a loss does not count, because the same was bought around the sale.

Piece by piece: each piece sold at a loss is held against one piece bought in the window that was
not held against another already, the earliest bought first. What was sold is no replacement of
itself: of a purchase before the sale only what is left after it counts. The part of the loss that
does not count is added to what the replacement cost, so that no loss is made or lost by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from core.investments.lot import LotMatch, lots_of
from core.investments.tax_rules import WashSaleRule
from core.investments.trade import Trade, TradeKind, in_order
from core.money import Money


@dataclass(frozen=True, slots=True)
class WashSale:
    """A part of a loss that does not count, and the purchase whose cost it is added to.

    ``pieces`` are counted as they are after all splits.
    """

    sale_id: int
    lot_id: int
    replacement_id: int
    closed_on: date
    replaced_on: date
    pieces: Fraction
    disallowed: Money


@dataclass(frozen=True, slots=True)
class RecentLoss:
    """A sale at a loss that a purchase up to a day would still turn into a wash sale."""

    sale_id: int
    closed_on: date
    until: date
    loss: Money


def wash_sales(trades: Sequence[Trade], rule: WashSaleRule) -> tuple[WashSale, ...]:
    """Return all wash sales among the trades of one security, in whichever order they come."""
    ordered = sorted(trades, key=in_order)
    used: dict[int, Fraction] = {}
    found: list[WashSale] = []
    for place, sale in enumerate(ordered):
        if sale.kind is not TradeKind.SELL or sale.traded_on < rule.since:
            continue
        lots = lots_of(ordered[: place + 1])
        left = {lot.trade_id: Fraction(lot.quantity) for lot in lots.open}
        bought = list(_replacements(ordered, place, left, rule))
        for match in lots.matches:
            if match.sale_id == sale.id and match.gain.minor < 0:
                found.extend(_held_against(match, bought, used, _after(ordered, sale.traded_on)))
    return tuple(found)


def recent_losses(trades: Sequence[Trade], rule: WashSaleRule, on: date) -> tuple[RecentLoss, ...]:
    """Return the sales at a loss after which the window is still open on a day."""
    losses: dict[int, RecentLoss] = {}
    for match in lots_of(trades).matches:
        until = match.closed_on + timedelta(days=rule.days_after)
        if match.gain.minor >= 0 or not match.closed_on <= on <= until:
            continue
        before = losses.get(match.sale_id)
        loss = -match.gain if before is None else before.loss - match.gain
        losses[match.sale_id] = RecentLoss(match.sale_id, match.closed_on, until, loss)
    return tuple(losses.values())


def _replacements(
    ordered: Sequence[Trade], place: int, left: dict[int, Fraction], rule: WashSaleRule
) -> Iterator[tuple[Trade, Fraction]]:
    """Give each purchase in a sale's window with how many of its pieces can replace."""
    on = ordered[place].traded_on
    first = on - timedelta(days=rule.days_before)
    last = on + timedelta(days=rule.days_after)
    for at, trade in enumerate(ordered):
        if trade.kind is TradeKind.BUY and first <= trade.traded_on <= last:
            if at < place:
                pieces = left.get(trade.id, Fraction(0)) * _after(ordered, on)
            else:
                pieces = Fraction(trade.quantity) * _after(ordered, trade.traded_on)
            yield trade, pieces


def _held_against(
    match: LotMatch,
    bought: Sequence[tuple[Trade, Fraction]],
    used: dict[int, Fraction],
    factor: Fraction,
) -> Iterator[WashSale]:
    left, loss_left = Fraction(match.quantity) * factor, -match.gain
    for purchase, pieces in bought:
        free = pieces - used.get(purchase.id, Fraction(0))
        part = min(left, free)
        if part <= 0:
            continue
        disallowed = loss_left.times(part / left)
        used[purchase.id] = used.get(purchase.id, Fraction(0)) + part
        left, loss_left = left - part, loss_left - disallowed
        yield WashSale(
            sale_id=match.sale_id,
            lot_id=match.trade_id,
            replacement_id=purchase.id,
            closed_on=match.closed_on,
            replaced_on=purchase.traded_on,
            pieces=part,
            disallowed=disallowed,
        )
        if not left:
            return


def _after(ordered: Sequence[Trade], on: date) -> Fraction:
    """Return what the pieces of a day have become by the splits after it."""
    factor = Fraction(1)
    for trade in ordered:
        if trade.kind is TradeKind.SPLIT and trade.traded_on > on:
            factor *= Fraction(trade.new, trade.old)
    return factor
