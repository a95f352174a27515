"""A tax year's sales so far: gains and losses by term, and what is left when they have met.

Losses meet gains of their own term first, then those of the other where the law lets them; what
is left of them meets other income up to its limit, the short ones first, and the rest is carried.
Gains the law leaves free are not taken off: they are free of tax, and no set-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.investments.tax_rules import LossRule, Term
from core.investments.wash_sale import Counted
from core.money import Money
from core.period import Grain, Period, months_later

_TERMS = (Term.SHORT, Term.LONG)


@dataclass(frozen=True, slots=True)
class SetOff:
    """Gains and losses (both above nothing) by term, and what is left of them.

    ``income`` is what of the losses meets other income, ``carried`` what is left of them then; it
    is lost where the law carries nothing on.
    """

    gains: Mapping[Term, Money]
    losses: Mapping[Term, Money]
    gains_left: Mapping[Term, Money]
    income: Money
    carried: Mapping[Term, Money]


def tax_year(rule: LossRule, on: date) -> Period:
    """Return the tax year around a day."""
    start = date(on.year, rule.year_starts, 1)
    if start > on:
        start = date(on.year - 1, rule.year_starts, 1)
    return Period(start, months_later(start, 12), Grain.SPAN)


def results(sales: Iterable[Counted], rule: LossRule, year: Period, currency: str) -> SetOff:
    """Return the set-off of the sales of a year, all of them in one currency."""
    none = Money.zero(currency)
    gains, losses = dict.fromkeys(_TERMS, none), dict.fromkeys(_TERMS, none)
    for one in sales:
        match = one.match
        if not year.start <= match.closed_on < year.end:
            continue
        term = rule.term(match.opened_on, match.closed_on) or Term.SHORT
        if one.gain.minor >= 0:
            gains[term] += one.gain
        else:
            losses[term] -= one.gain
    return set_off(gains, losses, rule)


def set_off(gains: Mapping[Term, Money], losses: Mapping[Term, Money], rule: LossRule) -> SetOff:
    """Let losses meet gains as a rule lets them."""
    left, open_losses = dict(gains), dict(losses)
    for pairs in (((one, one) for one in _TERMS), (_TERMS, _TERMS[::-1])):
        for loss, gain in pairs:
            if gain in rule.meets(loss):
                met = min(left[gain], open_losses[loss], key=lambda one: one.minor)
                left[gain] -= met
                open_losses[loss] -= met
    income = Money.zero(left[Term.SHORT].currency)
    for term in _TERMS:
        room = (rule.income_limit or income) - income
        met = min(room, open_losses[term], key=lambda one: one.minor)
        income += met
        open_losses[term] -= met
    return SetOff(gains, losses, left, income, open_losses)
