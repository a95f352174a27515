"""What regular saving into investments could come to: a band of futures, or an even growth."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from core.facts import Answer, Fact, Line, count, money, percent
from core.investments.history import NEEDED_RETURNS, Histories
from core.investments.portfolio import Portfolio
from core.investments.price import DEMO
from core.investments.saving_plan import SavingPlan, check_rate, grown
from core.money import Money, to_decimal
from tools.context import ToolWork
from tools.mixing import histories_of, history_facts, too_short_lines, values_of
from tools.outcome import Unclear
from tools.spec import Arguments, tool

_MONTHS_A_YEAR = 12
# Where neither the user nor prices tell a growth, these are worked out and called assumed.
_ASSUMED = (Decimal(2), Decimal(5), Decimal(8))
_ASSUMED_LINE = "project_investments.assumed_line"


class ProjectInvestments(Arguments):
    """How much a month, for how long, at which growth."""

    amount: str | None = Field(None, description="Put in each month, plain decimal; 0 if left out")
    months: int | None = Field(None, description="For how many months: 120 for ten years")
    growth: str | None = Field(
        None, description="Assumed even growth in per cent a year; from past prices if left out"
    )
    inflation: str | None = Field(None, description="Yearly inflation in per cent: today's money")
    cost: str | None = Field(None, description="What funds and brokers take, per cent a year")
    start: Literal["holdings", "nothing"] = Field(
        "holdings", description="Begin with what the investments are worth now, or with nothing"
    )


@tool()
def project_investments(arguments: ProjectInvestments, work: ToolWork) -> Answer:
    """Show what saving each month could come to, from what the investments are worth now.

    With a year of prices it is a band: in one of ten futures less than the low end, in one of
    ten more than the high end. With a growth it is the closed form. Nothing is a forecast.
    """
    if arguments.months is None:
        raise Unclear("months", phrase="ask.plan_months")
    whole = work.uow.portfolios.portfolio(work.user, work.today)
    plan = _plan(arguments, whole, work)
    if not plan.paid_in:
        raise Unclear("amount", phrase="ask.plan_amount")
    facts = _facts(plan, whole)
    if arguments.growth is not None:
        return _even(plan, to_decimal(arguments.growth), facts, whole)
    found = histories_of(whole, work)
    if not found.history.securities:
        return _assumed(plan, found, facts)
    return _banded(plan, found, facts, whole)


def _plan(arguments: ProjectInvestments, whole: Portfolio, work: ToolWork) -> SavingPlan:
    currency = work.preferences.currency
    return SavingPlan(
        start=Money.zero(currency) if arguments.start == "nothing" else whole.value,
        monthly=Money.of(to_decimal(arguments.amount or "0"), currency),
        months=arguments.months or 0,
        cost=to_decimal(arguments.cost or "0"),
        inflation=to_decimal(arguments.inflation or "0"),
    )


def _facts(plan: SavingPlan, whole: Portfolio) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (money("paid_in", plan.paid_in), *_length(plan))
    if plan.monthly:
        facts += (money("amount", plan.monthly),)
    if plan.start:
        facts += (money("start", plan.start, as_of=whole.oldest_price),)
    if plan.cost:
        facts += (percent("cost", plan.cost),)
    if plan.inflation:
        facts += (percent("inflation", plan.inflation),)
    return facts


def _length(plan: SavingPlan) -> tuple[Fact, ...]:
    years, over = divmod(plan.months, _MONTHS_A_YEAR)
    return (count("months", plan.months),) if over else (count("years", years),)


def _even(plan: SavingPlan, growth: Decimal, facts: tuple[Fact, ...], whole: Portfolio) -> Answer:
    check_rate(growth)
    told = (*facts, percent("growth", growth), money("end", grown(plan, growth)))
    return Answer("project_investments.even", told, options=_tail(plan, whole))


def _assumed(plan: SavingPlan, found: Histories, facts: tuple[Fact, ...]) -> Answer:
    """Say that there is no history to draw from, and what three named assumptions come to."""
    lines = tuple(
        Line((percent("growth", rate), money("end", grown(plan, rate))), shape=_ASSUMED_LINE)
        for rate in _ASSUMED
    )
    told = (*facts, count("needed", NEEDED_RETURNS))
    options = ("project_investments.today",) if plan.inflation else ()
    return Answer("project_investments.assumed", told, (*lines, *too_short_lines(found)), options)


def _banded(
    plan: SavingPlan, found: Histories, facts: tuple[Fact, ...], whole: Portfolio
) -> Answer:
    # Over arrays: numpy is loaded by the first who asks, and not with the program.
    from core.investments.projection import FUTURES, band, mix_returns  # noqa: PLC0415 - numpy

    drawn = mix_returns(found.history, values_of(whole, found))
    likely = band(plan, drawn, found.history.per_year)
    told = (
        *facts,
        *history_facts(found),
        money("low", likely.low),
        money("middle", likely.middle),
        money("high", likely.high),
        percent("losing", Decimal(likely.losing)),
        count("futures", FUTURES),
    )
    missing = len(whole.held) - len(found.history.securities)
    if missing:
        told += (count("missing", missing),)
    options: tuple[str, ...] = ("project_investments.drawn",)
    options += ("project_investments.missing",) if missing else ()
    options += _tail(plan, whole)
    return Answer("project_investments.band", told, too_short_lines(found), options)


def _tail(plan: SavingPlan, whole: Portfolio) -> tuple[str, ...]:
    options: tuple[str, ...] = ("project_investments.today",) if plan.inflation else ()
    if plan.start and DEMO in whole.sources:
        options += ("show_portfolio.invented",)
    return options
