"""Wash sales: which part of a loss does not count, because the same was bought around the sale.

Piece by piece: each piece sold at a loss is held against one piece bought in the window that was
not held against another already, the earliest bought first. What was sold is no replacement of
itself: of a purchase before the sale only what is left after it counts. The part of the loss that
does not count is added to what the replacement cost, so that no loss is made or lost by it; sold
in its turn, the pieces with such an addition go first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile

from core.investments.lot import Lot, LotMatch, lots_of, steps
from core.investments.tax_rules import WashSaleRule
from core.investments.trade import Trade, TradeKind, in_order
from core.money import Money, total


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
class Counted:
    """A part of a purchase that a sale took, as taxes count it.

    ``added`` is what earlier wash sales had put on its cost, ``disallowed`` what of its own loss
    does not count.
    """

    match: LotMatch
    added: Money
    disallowed: Money

    @property
    def gain(self) -> Money:
        """What counts: a gain, or a loss below nothing."""
        return self.match.gain - self.added + self.disallowed


@dataclass(frozen=True, slots=True)
class RecentLoss:
    """A sale at a loss that a purchase up to a day would still turn into a wash sale."""

    sale_id: int
    closed_on: date
    until: date
    loss: Money


def wash_sales(trades: Sequence[Trade], rule: WashSaleRule) -> tuple[WashSale, ...]:
    """Return all wash sales among the trades of one security, in whichever order they come."""
    return tuple(_Ledger(sorted(trades, key=in_order), rule).washed)


def counted(trades: Sequence[Trade], rule: WashSaleRule | None) -> tuple[Counted, ...]:
    """Return what each sale of one security took, as taxes count it; plain without a rule."""
    if rule is None:
        return tuple(_plain(match) for match in lots_of(trades).matches)
    return tuple(_Ledger(sorted(trades, key=in_order), rule).counted)


def _plain(match: LotMatch) -> Counted:
    none = Money.zero(match.cost.currency)
    return Counted(match, none, none)


@dataclass
class _Ledger:
    """Goes through the sales once, in their order, and keeps what purchases have taken on."""

    ordered: Sequence[Trade]
    rule: WashSaleRule
    washed: list[WashSale] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Go through the sales."""
        self._used: dict[int, Fraction] = {}
        self._added: dict[int, tuple[Fraction, Money]] = {}
        self._splits = [one for one in self.ordered if one.kind is TradeKind.SPLIT]
        self._buys = [one for one in self.ordered if one.kind is TradeKind.BUY]
        for trade, sold, left in steps(self.ordered):
            if sold:
                self._sale(trade, sold, left)

    def _sale(self, sale: Trade, sold: Sequence[LotMatch], left: Sequence[Lot]) -> None:
        factor = self._after(sale.traded_on)
        bought = list(self._replacements(sale, left, factor))
        for match in sold:
            self._match(match, bought, factor)

    def _replacements(
        self, sale: Trade, left: Sequence[Lot], factor: Fraction
    ) -> Iterator[tuple[Trade, Fraction]]:
        """Give each purchase in a sale's window with how many of its pieces can replace.

        Of one before the sale those that are left after it, of one after it all.
        """
        first = sale.traded_on - timedelta(days=self.rule.days_before)
        last = sale.traded_on + timedelta(days=self.rule.days_after)
        late = takewhile(lambda lot: lot.opened_on >= first, reversed(left))
        there = {lot.trade_id: lot.quantity for lot in late}
        at = bisect_left(self._buys, first, key=lambda one: one.traded_on)
        while at < len(self._buys) and self._buys[at].traded_on <= last:
            purchase = self._buys[at]
            if in_order(purchase) < in_order(sale):
                pieces = Fraction(there.get(purchase.id, Decimal(0))) * factor
            else:
                pieces = Fraction(purchase.quantity) * self._after(purchase.traded_on)
            yield purchase, pieces
            at += 1

    def _after(self, on: date) -> Fraction:
        """Return what the pieces of a day have become by the splits after it."""
        factor = Fraction(1)
        for split in self._splits:
            if split.traded_on > on:
                factor *= Fraction(split.new, split.old)
        return factor

    def _match(
        self, match: LotMatch, bought: Sequence[tuple[Trade, Fraction]], factor: Fraction
    ) -> None:
        pieces = Fraction(match.quantity) * factor
        added = self._taken_off(match, pieces)
        loss = added - match.gain
        found: list[WashSale] = []
        if loss.minor > 0 and match.closed_on >= self.rule.since:
            found = list(_held_against(match, (loss, pieces), bought, self._used))
        for one in found:
            there, money = self._added.get(one.replacement_id, (Fraction(0), loss - loss))
            self._added[one.replacement_id] = (there + one.pieces, money + one.disallowed)
        disallowed = total((one.disallowed for one in found), loss.currency)
        self.washed.extend(found)
        self.counted.append(Counted(match, added, disallowed))

    def _taken_off(self, match: LotMatch, pieces: Fraction) -> Money:
        """Return what wash sales had put on the cost of pieces that are sold now."""
        none = Money.zero(match.cost.currency)
        there, money = self._added.get(match.trade_id, (Fraction(0), none))
        part = min(pieces, there)
        if not part:
            return none
        taken = money.times(part / there)
        self._added[match.trade_id] = (there - part, money - taken)
        return taken


def recent_losses(trades: Sequence[Trade], rule: WashSaleRule, on: date) -> tuple[RecentLoss, ...]:
    """Return the sales at a loss that still counts, after which the window is open on a day."""
    losses: dict[int, RecentLoss] = {}
    for one in counted(trades, rule):
        sale = one.match
        until = sale.closed_on + timedelta(days=rule.days_after)
        if one.gain.minor >= 0 or not sale.closed_on <= on <= until:
            continue
        before = losses.get(sale.sale_id)
        loss = -one.gain if before is None else before.loss - one.gain
        losses[sale.sale_id] = RecentLoss(sale.sale_id, sale.closed_on, until, loss)
    return tuple(losses.values())


def _held_against(
    match: LotMatch,
    lost: tuple[Money, Fraction],
    bought: Sequence[tuple[Trade, Fraction]],
    used: dict[int, Fraction],
) -> Iterator[WashSale]:
    loss_left, left = lost
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
