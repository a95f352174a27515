"""Losses for taxes: lots below their cost and what dated rules say of a sale; no tax advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from core.facts import Answer, Fact, Line, count, day, money, named, percent, span
from core.investments.holding import Holding
from core.investments.loss_lots import LossLot, loss_lots
from core.investments.portfolio import Portfolio
from core.investments.price import DEMO
from core.investments.quantity import shown
from core.investments.security import Security, SecurityKind
from core.investments.set_off import SetOff, results, tax_year
from core.investments.tax_rules import LossRule, Term, countries, loss_rule, wash_sale_rule
from core.investments.trade import Trade
from core.investments.wash_sale import Counted, counted, recent_losses, wash_sales
from core.money import Money, total
from core.period import months_later
from tools.context import ToolWork
from tools.security_names import SecurityNameUnknown, one_security
from tools.spec import Arguments, tool

# Wash sales of longer ago stand in a tax return that is made already.
_LOOKED_BACK_MONTHS = 14
_INDIA = "IN"
_YEAR_LINE = "show_tax_losses.year_line"


class ShowTaxLosses(Arguments):
    """Of which security, by which country's rules."""

    security: str | None = Field(None, description="One security; all of them when left out")
    country: Literal["US", "IN"] | None = Field(
        None, description="Whose rules; those of the user's country when left out"
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is looked at: holdings, their trades, by whose rules, on which day."""

    holdings: tuple[Holding, ...]
    country: str
    on: date

    @property
    def trades(self) -> Iterator[tuple[Security, Sequence[Trade]]]:
        """Give each security with all of its trades, those sold out included."""
        for one in self.holdings:
            yield one.security, one.trades


@tool()
def show_tax_losses(arguments: ShowTaxLosses, work: ToolWork) -> Answer:
    """Show lots below their cost and what tax rules of the US or India say of selling them.

    The window of a wash sale is told both ways: pieces bought before, and until when buying again
    would undo the loss. Rules come with their source and day. It is no tax advice.
    """
    whole = work.uow.portfolios.portfolio(work.user, work.today)
    if not whole.items:
        return Answer("show_portfolio.none")
    scene = _scene(arguments, whole, work)
    below = [(one, lot) for one in scene.holdings for lot in _below(one, scene)]
    lines = (
        *(_lot_line(one, lot) for one, lot in below),
        *_windows_left_open(scene),
        *_washed(scene),
        *(_years(scene) if arguments.security is None else ()),
        *_unpriced(scene),
    )
    facts = (*_facts(below), *_rule_facts(scene))
    shape = "some" if below else "none"
    return Answer(f"show_tax_losses.{shape}", facts, lines, options=_tail(scene, whole))


def _scene(arguments: ShowTaxLosses, whole: Portfolio, work: ToolWork) -> _Scene:
    holdings = tuple(one.holding for one in whole.items)
    if arguments.security is not None:
        security = one_security(work, arguments.security)
        holdings = tuple(one for one in holdings if one.security.id == security.id)
        if not holdings:
            raise SecurityNameUnknown(name=security.name)
    country = arguments.country or work.preferences.country
    return _Scene(holdings, country, work.today)


def _below(one: Holding, scene: _Scene) -> tuple[LossLot, ...]:
    return loss_lots(one, country=scene.country, on=scene.on)


def _facts(below: Sequence[tuple[Holding, LossLot]]) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (count("found", len(below)),)
    currencies = {lot.loss.currency for _, lot in below}
    if len(currencies) == 1:
        facts += (money("loss", total((lot.loss for _, lot in below), currencies.pop())),)
    return facts


def _lot_line(one: Holding, found: LossLot) -> Line:
    lot = found.lot
    facts: tuple[Fact, ...] = (
        named("name", one.security.name),
        named("quantity", shown(lot.quantity)),
        day("opened", lot.opened_on),
        money("loss", found.loss),
    )
    if found.term is not None:
        facts += (named("term", f"term_{found.term}"),)
    if found.saves is not None:
        facts += (money("saves", found.saves),)
    if found.buy_again_from is not None:
        facts += (day("again", found.buy_again_from),)
    if found.bought is None:
        return Line(facts, one.security.handle, "show_tax_losses.lot_line")
    facts += (
        named("bought", shown(found.bought.pieces)),
        day("bought_on", found.bought.last_on),
        money("at_risk", found.bought.at_risk),
        day("clear", found.bought.clear_from),
    )
    return Line(facts, one.security.handle, "show_tax_losses.recent_line")


def _windows_left_open(scene: _Scene) -> Iterator[Line]:
    """Give a line for each sale at a loss that buying again would still undo."""
    for security, trades in scene.trades:
        rule = wash_sale_rule(scene.country, security.kind, scene.on)
        for one in recent_losses(trades, rule, scene.on) if rule is not None else ():
            yield Line(
                (
                    named("name", security.name),
                    day("closed", one.closed_on),
                    money("loss", one.loss),
                    day("until", one.until),
                ),
                security.handle,
                "show_tax_losses.open_line",
            )


def _washed(scene: _Scene) -> Iterator[Line]:
    """Give a line for each pair of a sale and a purchase that make a wash sale already."""
    first = months_later(scene.on, -_LOOKED_BACK_MONTHS)
    for security, trades in scene.trades:
        rule = wash_sale_rule(scene.country, security.kind, scene.on)
        sums: dict[tuple[date, date], Money] = {}
        for one in wash_sales(trades, rule) if rule is not None else ():
            key = (one.closed_on, one.replaced_on)
            sums[key] = sums.get(key, Money.zero(security.currency)) + one.disallowed
        for (closed, replaced), disallowed in sums.items():
            if closed >= first:
                yield Line(
                    (
                        named("name", security.name),
                        day("closed", closed),
                        day("replaced", replaced),
                        money("disallowed", disallowed),
                    ),
                    security.handle,
                    "show_tax_losses.washed_line",
                )


def _years(scene: _Scene) -> Iterator[Line]:
    """Give what was sold in the tax year so far, gains and losses set off by each rule.

    What is traded in another currency than taxes are counted in is named and left out.
    """
    groups: dict[str, tuple[LossRule, list[Counted]]] = {}
    for security, trades in scene.trades:
        rule = loss_rule(scene.country, security.kind, scene.on)
        if rule is None:
            continue
        year = tax_year(rule, scene.on)
        sales = [
            one
            for one in counted(trades, wash_sale_rule(scene.country, security.kind, scene.on))
            if year.start <= one.match.closed_on < year.end
        ]
        if sales and security.currency != rule.currency:
            facts = (named("name", security.name), named("currency", security.currency))
            yield Line(facts, security.handle, "show_tax_losses.currency_line")
        elif sales:
            groups.setdefault(rule.id, (rule, []))[1].extend(sales)
    for rule, sales in groups.values():
        year = tax_year(rule, scene.on)
        found = results(sales, rule, year, rule.currency)
        yield Line((span("year", year), *_set_off_facts(found, rule)), "", _YEAR_LINE)


def _set_off_facts(found: SetOff, rule: LossRule) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = ()
    for name, sums in (("gain", found.gains), ("loss", found.losses), ("left", found.gains_left)):
        facts += tuple(money(f"{name}_{term}", sums[term]) for term in Term)
    if found.income:
        facts += (money("income", found.income),)
    open_losses = found.carried[Term.SHORT] + found.carried[Term.LONG]
    if open_losses:
        facts += (money("lost" if rule.carried_years == 0 else "carried", open_losses),)
    return facts


def _unpriced(scene: _Scene) -> Iterator[Line]:
    for one in scene.holdings:
        if one.quantity and one.price is None:
            facts = (named("name", one.security.name),)
            yield Line(facts, one.security.handle, "show_tax_losses.unpriced_line")


def _rule_facts(scene: _Scene) -> tuple[Fact, ...]:
    """Return the figures of the rules in force, with their source and the day they began."""
    facts: tuple[Fact, ...] = ()
    washes = wash_sale_rule(scene.country, SecurityKind.STOCK, scene.on)
    if washes is not None:
        facts += (
            count("window", washes.window),
            count("days", washes.days_after),
            day("wash_since", washes.since),
            named("wash_source", washes.source),
        )
    losses = loss_rule(scene.country, SecurityKind.STOCK, scene.on)
    return facts if losses is None else (*facts, *_loss_rule_facts(losses))


def _loss_rule_facts(rule: LossRule) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (day("since", rule.since), named("rule_source", rule.source))
    if rule.long_after_months is not None:
        facts += (count("months", rule.long_after_months),)
    for name, amount in (("limit", rule.income_limit), ("free", rule.long_free)):
        if amount is not None:
            facts += (money(name, amount),)
    for name, rate in (("short_rate", rule.short_percent), ("long_rate", rule.long_percent)):
        if rate is not None:
            facts += (percent(name, Decimal(rate)),)
    if rule.carried_years:
        facts += (count("years", rule.carried_years),)
    return facts


def _tail(scene: _Scene, whole: Portfolio) -> tuple[str, ...]:
    known = scene.country in countries()
    options: tuple[str, ...] = (
        (f"show_tax_losses.rule_{scene.country.lower()}",)
        if known
        else ("show_tax_losses.rule_unknown",)
    )
    if scene.country == _INDIA:
        options += ("show_tax_losses.set_off_in",)
    if wash_sale_rule(scene.country, SecurityKind.STOCK, scene.on) is not None:
        options += ("show_tax_losses.window",)
    if DEMO in whole.sources:
        options += ("show_portfolio.invented",)
    return (*options, "show_tax_losses.no_advice")
