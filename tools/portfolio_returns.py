"""How investments did over a time, and how spread they are."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, money, named, percent, span
from core.investments.portfolio import Portfolio
from core.investments.price import DEMO
from core.investments.returns import Return
from core.investments.spread import By, Part, Spread, spread
from core.period import Grain, Period
from tools import names
from tools.context import ToolWork
from tools.portfolio import source_facts
from tools.security_names import SecurityNameUnknown, one_security
from tools.spec import Arguments, tool

_MOST_PARTS = 12


class NothingHeldThen(FinanceError):
    """Nothing was held in the time asked about: it is ahead, or before the first trade."""

    code = "trade.nothing_held_then"


class ShowReturns(Arguments):
    """Over which time, and of what."""

    period: str | None = Field(None, description="Canonical period; since the first trade if none")
    security: str | None = Field(None, description="One security; all of them when left out")


@tool()
def show_returns(arguments: ShowReturns, work: ToolWork) -> Answer:
    """Show the return of investments: money-weighted and time-weighted, each called by its name."""
    trades = work.uow.trades.of(work.user_id)
    if not trades:
        return Answer("show_portfolio.none")
    security = one_security(work, arguments.security) if arguments.security else None
    if security is not None and not any(one.security_id == security.id for one in trades):
        raise SecurityNameUnknown(name=security.name)
    chosen = security.id if security is not None else None
    first = min(one.traded_on for one in trades if chosen in (None, one.security_id))
    period = _looked_at(arguments.period, first, work)
    end = min(period.last_day, work.today)
    found = work.uow.portfolios.performance(work.user, period.start, end, chosen)
    facts: tuple[Fact, ...] = (
        span("period", period),
        money("gain", found.gain),
        named("way", "way_down" if found.gain.minor < 0 else "way_up"),
        *_told("time_weighted", found.time_weighted),
        *_told("money_weighted", found.money_weighted),
    )
    if security is not None:
        facts += (named("name", security.name),)
    if found.left_out:
        facts += (count("missing", len(found.left_out)),)
    lines = tuple(Line((named("name", one.name),), one.handle) for one in found.left_out)
    subjects = (security.handle,) if security is not None else ()
    shape = _shape(found.time_weighted, found.money_weighted)
    return Answer(f"show_returns.{shape}", facts, lines, subjects=subjects)


def _looked_at(text: str | None, first: date, work: ToolWork) -> Period:
    """Return the days that are looked at: never from before the first trade, never ahead."""
    ahead = work.today + timedelta(days=1)
    if text is None:
        return Period(first, ahead, Grain.SPAN)
    period = names.period(text)
    if period.start > work.today:
        raise NothingHeldThen
    if period.start >= first:
        return period
    if period.last_day < first:
        raise NothingHeldThen
    return Period(first, min(period.end, ahead), Grain.SPAN)


def _told(name: str, found: Return) -> tuple[Fact, ...]:
    if found.percent is None:
        return ()
    return (percent(name, found.percent.quantize(Decimal("0.1"))),)


def _shape(time: Return, money_weighted: Return) -> str:
    if time.percent is None:
        return f"silent_{time.silence}"
    if money_weighted.percent is None:
        return f"without_{money_weighted.silence}"
    return "both"


class ShowDiversification(Arguments):
    """Divided by what."""

    divided_by: Literal["asset", "sector", "currency"] = Field(
        "asset", description="By each security, by sector or by currency"
    )


@tool()
def show_diversification(arguments: ShowDiversification, work: ToolWork) -> Answer:
    """Show how spread investments are: shares, to how many equal parts they come, what is much."""
    whole = work.uow.portfolios.portfolio(work.user, work.today)
    found = spread(whole, By(arguments.divided_by))
    if not whole.held:
        return Answer("show_portfolio.none")
    if found is None:
        missing = count("missing", len(whole.held))
        return Answer("show_diversification.unvalued", (missing,))
    lines = tuple(_line(part, found, whole) for part in found.parts[:_MOST_PARTS])
    shape = "much" if found.much else "spread"
    return Answer(
        f"show_diversification.{shape}", _facts(found, whole), lines, options=_tail(whole)
    )


def _facts(found: Spread, whole: Portfolio) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        money("value", whole.value, as_of=whole.oldest_price),
        *source_facts(whole),
        named("by", f"by_{found.by}"),
        named("effective", f"{found.effective.quantize(Decimal('0.1'))}"),
        count("parts", len(found.parts)),
        count("much", len(found.much)),
    )
    missing = len(whole.held) - len(whole.covered)
    return (*facts, count("missing", missing)) if missing else facts


def _tail(whole: Portfolio) -> tuple[str, ...]:
    options: tuple[str, ...] = ()
    if len(whole.held) > len(whole.covered):
        options += ("show_portfolio.missing",)
    if DEMO in whole.sources:
        options += ("show_portfolio.invented",)
    return options


def _line(part: Part, found: Spread, whole: Portfolio) -> Line:
    facts = (
        named("name", _name(part, found, whole)),
        money("value", part.value),
        percent("share", part.percent.quantize(Decimal("0.1"))),
    )
    return Line(facts, shape="show_diversification.much_line" if part.is_much else "")


def _name(part: Part, found: Spread, whole: Portfolio) -> str:
    match found.by:
        case By.ASSET:
            held = (one.holding.security for one in whole.held)
            return next(one.name for one in held if one.symbol == part.name)
        case By.SECTOR:
            return f"sector_{part.name or 'none'}"
    return part.name
