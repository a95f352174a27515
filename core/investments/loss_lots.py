"""Lots that are worth less than they cost, with what tax rules say of a sale: facts, no advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from core.investments.holding import Holding
from core.investments.lot import Lot
from core.investments.quantity import added, worth
from core.investments.tax_rules import LossRule, Term, WashSaleRule, loss_rule, wash_sale_rule
from core.money import Money


@dataclass(frozen=True, slots=True)
class Bought:
    """Other pieces bought shortly before: they would take a part of the loss if sold now.

    From ``clear_from`` on no purchase known today is in the window of a sale.
    """

    pieces: Decimal
    last_on: date
    at_risk: Money
    clear_from: date


@dataclass(frozen=True, slots=True)
class LossLot:
    """A lot below its cost: how much, its term, and the window of a sale on the day looked at.

    ``buy_again_from`` is the first day on which buying the same again would leave a sale of
    that day alone; nothing where no rule says so. ``saves`` is what the loss could take off a
    tax at one rate at most, where the law has one.
    """

    lot: Lot
    loss: Money
    term: Term | None
    rule: LossRule | None
    bought: Bought | None
    buy_again_from: date | None
    saves: Money | None


def loss_lots(held: Holding, *, country: str, on: date) -> tuple[LossLot, ...]:
    """Return the open lots of a holding that a sale at its price would lose on, oldest first.

    Without a price there are none to tell: nothing is guessed.
    """
    if held.price is None:
        return ()
    kind = held.security.kind
    losses, washes = loss_rule(country, kind, on), wash_sale_rule(country, kind, on)
    found = []
    for lot in held.lots.open:
        value = worth(lot.quantity, held.price.value, held.security.currency)
        if value < lot.cost:
            found.append(_told(lot, lot.cost - value, held.lots.open, (losses, washes), on))
    return tuple(found)


def _told(
    lot: Lot,
    loss: Money,
    lots: Sequence[Lot],
    rules: tuple[LossRule | None, WashSaleRule | None],
    on: date,
) -> LossLot:
    losses, washes = rules
    term = losses.term(lot.opened_on, on) if losses is not None else None
    again = on + timedelta(days=washes.days_after + 1) if washes is not None else None
    return LossLot(
        lot=lot,
        loss=loss,
        term=term,
        rule=losses,
        bought=_bought(lot, loss, lots, washes, on) if washes is not None else None,
        buy_again_from=again,
        saves=_saved(loss, term, losses),
    )


def _bought(
    lot: Lot, loss: Money, lots: Sequence[Lot], rule: WashSaleRule, on: date
) -> Bought | None:
    """Return what else was bought in the window before a sale on a day and is still there."""
    first = on - timedelta(days=rule.days_before)
    others = [one for one in lots if one.trade_id != lot.trade_id and first <= one.opened_on <= on]
    if not others:
        return None
    pieces = Decimal(0)
    for one in others:
        pieces = added(pieces, one.quantity)
    part = min(Fraction(1), Fraction(pieces) / Fraction(lot.quantity))
    last = max(one.opened_on for one in others)
    clear = last + timedelta(days=rule.days_before + 1)
    return Bought(pieces, last, loss.times(part), clear)


def _saved(loss: Money, term: Term | None, rule: LossRule | None) -> Money | None:
    if rule is None or not rule.meets(term):
        return None
    rates = {Term.SHORT: rule.short_percent, Term.LONG: rule.long_percent}
    met = [rate for kind in rule.meets(term) if (rate := rates[kind]) is not None]
    return loss.times(max(met) / 100) if met else None
