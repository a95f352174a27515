"""What the user holds: the portfolio, one holding of it, and what a purchase would add to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from core.facts import Answer, Fact, Line, count, day, money, named, percent
from core.investments.holding import Holding
from core.investments.portfolio import Portfolio, Valued
from core.investments.price import DEMO, Price
from core.investments.quantity import shown
from core.investments.security import Security
from core.investments.spread import By, spread
from core.money import Money
from tools import names
from tools.context import ToolWork
from tools.security_names import one_security
from tools.spec import Arguments, tool

_TENTH = Decimal("0.1")


class ShowPortfolio(Arguments):
    """As of when."""

    period: str | None = Field(None, description="A past day in canonical form; now when left out")


@tool()
def show_portfolio(arguments: ShowPortfolio, work: ToolWork) -> Answer:
    """Show all investments: value, gain, effect of currencies, each holding; also of a past day.

    What has no price or no rate is listed as not counted; nothing is guessed.
    """
    on = _day_meant(arguments.period, work)
    if on < work.today:
        return _of_a_day(on, work)
    found = work.uow.portfolios.portfolio(work.user, work.today)
    if not found.items:
        return Answer("show_portfolio.none")
    if not found.held:
        return Answer("show_portfolio.sold", _result_facts(found))
    facts, options = _result_facts(found), tail_of(found)
    lines = tuple(_line(one, found) for one in _in_order(found))
    if not found.covered:
        return Answer("show_portfolio.unvalued", facts, lines, options=options)
    return Answer("show_portfolio.total", _value_facts(found) + facts, lines, options=options)


def _day_meant(text: str | None, work: ToolWork) -> date:
    """Return the day asked about: the last one of a period, and never one that lies ahead."""
    return work.today if text is None else min(names.period(text).last_day, work.today)


def _of_a_day(on: date, work: ToolWork) -> Answer:
    """Tell what was held at the end of a day past, at the prices and rates of that day."""
    began = work.uow.portfolios.began(work.user_id)
    if began is None:
        return Answer("show_portfolio.none")
    if began > on:
        return Answer("show_portfolio.before", (day("date", on), day("since", began)))
    found = work.uow.portfolios.portfolio(work.user, on)
    facts: tuple[Fact, ...] = (day("date", on),)
    if not found.held:
        return Answer("show_portfolio.nothing_then", facts)
    lines = tuple(_line(one, found) for one in _in_order(found))
    missing = len(found.held) - len(found.covered)
    facts += (count("missing", missing),) if missing else ()
    options = tuple(one for one in tail_of(found) if one != "show_portfolio.brought")
    if not found.covered:
        return Answer("show_portfolio.unvalued_then", facts, lines, options=options)
    return Answer("show_portfolio.then", _value_facts(found) + facts, lines, options=options)


def _value_facts(found: Portfolio) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        money("value", found.value, as_of=found.oldest_price),
        *source_facts(found),
    )
    if not found.compared:
        return facts
    facts += (money("cost", found.cost), *gain_facts(found.unrealised, found.cost))
    if found.by_currency:
        facts += (money("by_currency", found.by_currency),)
    return facts


def _result_facts(found: Portfolio) -> tuple[Fact, ...]:
    sums = (("realised", found.realised), ("dividends", found.dividends), ("fees", found.fees))
    facts = tuple(money(name, amount) for name, amount in sums if amount)
    missing = len(found.held) - len(found.covered)
    return (*facts, count("missing", missing)) if missing else facts


def tail_of(found: Portfolio) -> tuple[str, ...]:
    """Return what is said beside a portfolio: what it brought, what is left out, whose prices."""
    options: tuple[str, ...] = ()
    if found.realised or found.dividends:
        options += ("show_portfolio.brought",)
    if len(found.held) > len(found.covered):
        options += ("show_portfolio.missing",)
    if DEMO in found.sources:
        options += ("show_portfolio.invented",)
    return options


def source_facts(found: Portfolio) -> tuple[Fact, ...]:
    """Return whose prices a portfolio is valued at, and the day of the oldest of them."""
    sources = sorted(found.sources)
    if not sources or found.priced_on is None:
        return ()
    source = sources[0] if len(sources) == 1 else "several"
    return (named("source", f"price_{source}"), day("priced", found.priced_on))


def gain_facts(gain: Money, cost: Money) -> tuple[Fact, ...]:
    """Return a gain with its way, up or down, and its share of the cost."""
    facts: tuple[Fact, ...] = (
        money("gain", gain),
        named("way", "way_down" if gain.minor < 0 else "way_up"),
    )
    if cost.minor > 0:
        share = Decimal(gain.minor * 100) / Decimal(cost.minor)
        facts += (percent("percent", share.quantize(_TENTH)),)
    return facts


def _in_order(found: Portfolio) -> tuple[Valued, ...]:
    """Put what is not counted first: a short message cuts its list, and it may not be missed."""
    uncovered = tuple(one for one in found.held if one.value is None)
    return (*uncovered, *found.covered)


def _line(one: Valued, whole: Portfolio) -> Line:
    security = one.holding.security
    facts = _pieces(one.holding)
    if one.holding.price is None:
        return Line(facts, security.handle, "show_portfolio.unpriced_line")
    facts += (money("worth", _worth(one), label=security.name, as_of=one.holding.price.at),)
    if one.value is None:
        facts += (named("currency", security.currency),)
        return Line(facts, security.handle, "show_portfolio.unrated_line")
    if security.currency != whole.currency:
        facts += (money("value", one.value, label=security.name),)
    if one.unrealised is not None and one.cost is not None:
        facts += gain_facts(one.unrealised, one.cost)
    return Line(facts, security.handle)


def _worth(one: Valued) -> Money:
    assert one.holding.value is not None
    return one.holding.value


def _pieces(holding: Holding) -> tuple[Fact, ...]:
    return (
        named("name", holding.security.name),
        named("quantity", shown(holding.quantity)),
    )


class ShowHolding(Arguments):
    """Which one."""

    security: str = Field(description="Its name or symbol, like 'apple' or 'AAPL'")


@tool()
def show_holding(arguments: ShowHolding, work: ToolWork) -> Answer:
    """Show one investment: pieces, value, gain, dividends; or the last price of one not held."""
    security = one_security(work, arguments.security)
    one, whole = _found(work, security)
    if one is None:
        return quoted(work, security)
    if not one.is_held:
        return Answer("show_holding.sold", _brought(one.holding), subjects=(security.handle,))
    facts = _holding_facts(one, whole, work)
    priced = one.holding.price is not None
    shape = "show_holding.held" if priced else "show_holding.unpriced"
    options = _holding_tail(one) if priced else ()
    return Answer(shape, facts, options=options, subjects=(security.handle,))


def _found(work: ToolWork, security: Security) -> tuple[Valued | None, Portfolio]:
    whole = work.uow.portfolios.portfolio(work.user, work.today)
    one = next((one for one in whole.items if one.holding.security.id == security.id), None)
    return one if security.id else None, whole


def quoted(work: ToolWork, security: Security) -> Answer:
    """Return what is known of a security that is not held: its last price, or nothing."""
    price = last_price(work, security)
    facts: tuple[Fact, ...] = (named("name", security.name),)
    if price is None:
        return Answer("show_holding.unknown", facts)
    return Answer("show_holding.quoted", (*facts, *price_facts(price, work)))


def last_price(work: ToolWork, security: Security) -> Price | None:
    """Return the newest price that is known of a security."""
    book = work.uow.portfolios.prices(work.user, [security], work.today, work.today)
    return book.find(security.symbol, security.currency, work.today)


def price_facts(price: Price, work: ToolWork) -> tuple[Fact, ...]:
    """Return a price with its day and source, and whether it is old."""
    facts: tuple[Fact, ...] = (
        money("price", Money.rounded(price.value, price.currency), as_of=price.at),
        day("quoted", price.on),
        named("source", f"price_{price.source}"),
    )
    return (*facts, named("age", "age_old")) if price.is_old(work.today) else facts


def _holding_facts(one: Valued, whole: Portfolio, work: ToolWork) -> tuple[Fact, ...]:
    holding = one.holding
    facts = _brought(holding)
    facts += (money("cost", holding.cost), day("since", holding.lots.open[0].opened_on))
    if holding.price is None or holding.unrealised is None:
        return facts
    facts += (*price_facts(holding.price, work), money("worth", _worth(one)))
    facts += gain_facts(holding.unrealised, holding.cost)
    if one.value is not None and whole.value.minor > 0:
        share = Decimal(one.value.minor * 100) / Decimal(whole.value.minor)
        facts += (percent("share", share.quantize(_TENTH)),)
        if holding.security.currency != whole.currency:
            facts += (money("value", one.value),)
    if one.by_currency:
        facts += (money("by_currency", one.by_currency),)
    return facts


def _brought(holding: Holding) -> tuple[Fact, ...]:
    sums = (
        ("realised", holding.realised),
        ("dividends", holding.dividends),
        ("fees", holding.fees),
    )
    return (*_pieces(holding), *(money(name, amount) for name, amount in sums if amount))


def _holding_tail(one: Valued) -> tuple[str, ...]:
    holding = one.holding
    options: tuple[str, ...] = ()
    if holding.security.currency != (one.value.currency if one.value else ""):
        options += ("show_holding.currency",)
    if holding.realised or holding.dividends:
        options += ("show_holding.brought",)
    return options


class CheckExposure(Arguments):
    """What somebody thinks of buying or selling."""

    security: str = Field(description="Its name or symbol, or what the user calls it")


@tool()
def check_exposure(arguments: CheckExposure, work: ToolWork) -> Answer:
    """Answer "should I buy X": no advice, but what is held of it and how concentrated all is."""
    security = one_security(work, arguments.security)
    one, whole = _found(work, security)
    spreading = spread(whole, By.ASSET)
    facts: tuple[Fact, ...] = (named("name", security.name),)
    if spreading is None:
        return Answer("check_exposure.nothing", facts)
    largest = spreading.parts[0]
    names = {item.holding.security.symbol: item.holding.security.name for item in whole.items}
    facts += (
        money("portfolio", whole.value, as_of=whole.oldest_price),
        named("largest", names[largest.name]),
        percent("largest_share", largest.percent.quantize(_TENTH)),
        *source_facts(whole),
    )
    subjects = (security.handle,) if security.id else ()
    if one is None or one.value is None or not one.is_held:
        return Answer("check_exposure.not_held", facts, subjects=subjects)
    part = next(part for part in spreading.parts if part.name == security.symbol)
    facts += (money("value", one.value), percent("share", part.percent.quantize(_TENTH)))
    options = ("check_exposure.much",) if part.is_much else ()
    return Answer("check_exposure.held", facts, options=options, subjects=subjects)
