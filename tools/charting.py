"""Charts: the figures in words at once, and a picture of the very same points to follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, FactKind, Line, Paper, count, day, money, span
from core.insights.outlook import TooLittleHistory
from core.ledger.search import GroupBy, Total
from core.money import Money
from core.period import Calendar, Grain, Period, period_of
from core.reports.chart import (
    MOST_BARS,
    MOST_COLUMNS,
    Chart,
    ChartBy,
    ChartOf,
    Point,
    chart_to_json,
    point,
)
from tools import names
from tools.context import ToolWork
from tools.looking_ahead import days_ahead, too_early
from tools.other_currencies import in_other_currencies
from tools.outcome import Unclear
from tools.price_chart import price_chart
from tools.spec import Arguments, tool
from tools.spending import (
    Question,
    ShowSpending,
    group_fact,
    main_and_others,
    question_of,
    sum_fact,
)

_TIMELINE = (ChartBy.MONTH, ChartBy.DAY)
_YEAR_OF_MONTHS = 12
_FOLLOWS = "draw_chart.follows"


class ChartTooLong(FinanceError):
    """A picture on a phone cannot show so many columns apart."""

    code = "chart.too_long"


class DrawChart(Arguments):
    """What of, by what, over which days, narrowed to what."""

    of: Literal["spending", "income", "net_worth", "balance", "price"] = Field(
        "spending",
        description="The amounts; 'balance' is of days ahead, 'price' that of one security",
    )
    by: Literal["category", "merchant", "account", "month", "day"] | None = Field(
        None, description="What each bar is; what fits the days when left out"
    )
    period: str | None = Field(None, description="Days in canonical form; what fits when left out")
    category: str | None = Field(None, description="Category slug, primary or detailed")
    merchant: str | None = Field(None, description="Merchant's name or key")
    account: str | None = Field(None, description="Account's name or handle")
    security: str | None = Field(None, description="Whose price, by name or symbol")


@tool()
def draw_chart(arguments: DrawChart, work: ToolWork) -> Answer:
    """Draw a chart of spending, income, net worth, the balance ahead or a price, and send it.

    The answer has the same figures in words; the picture follows it by itself.
    """
    if arguments.of == "net_worth":
        return _net_worth(arguments, work)
    if arguments.of == "balance":
        return _balance(arguments, work)
    if arguments.of == "price":
        if arguments.security is None:
            raise Unclear("security", phrase="ask.security")
        return price_chart(arguments.security, arguments.period, work)
    return _sums(arguments, work)


def _sums(arguments: DrawChart, work: ToolWork) -> Answer:
    by, period = _laid_out(arguments, work)
    question = question_of(_as_question(arguments, by, period), work)
    whole, others = main_and_others(
        work.uow.entries.totals(work.user_id, question.query), question.base
    )
    if whole is None:
        return Answer(f"draw_chart.no_{arguments.of}", question.echo)
    groups = [
        group
        for group in work.uow.entries.totals(work.user_id, question.query, GroupBy(by))
        if group.currency == whole.currency
    ]
    shown = _whole_timeline(groups, by, period, whole) if by in _TIMELINE else groups
    head, rest = _split(shown, by)
    elsewhere = in_other_currencies(work, question.query, whole, others)
    lines = (*_lines(head, rest, by), *elsewhere.lines)
    facts = (sum_fact("spent", whole, question, work), count("rows", whole.rows), *question.echo)
    chart = Chart(
        of=ChartOf(arguments.of),
        by=by,
        period=_named_period(by, period),
        currency=whole.currency,
        points=_points(head, rest, by),
        as_of=work.now,
        narrowed=_narrowed(question),
    )
    return Answer(
        f"draw_chart.{arguments.of}",
        facts + elsewhere.facts,
        lines,
        (*elsewhere.options, _FOLLOWS),
        papers=(Paper("chart", chart_to_json(chart)),),
    )


def _laid_out(arguments: DrawChart, work: ToolWork) -> tuple[ChartBy, Period]:
    """Choose what the bars are and which days they cover, where the user left it open."""
    told = None if arguments.period is None else names.period(arguments.period)
    by = ChartBy(arguments.by) if arguments.by is not None else _fitting(arguments, told)
    if told is None:
        this = period_of(Grain.MONTH, work.today, work.preferences.calendar)
        told = _last_months(work.today) if by is ChartBy.MONTH else this
    period = told.to_date(work.today) if work.today in told else told
    if by in _TIMELINE and (columns := len(_steps(by, period))) > MOST_COLUMNS:
        raise ChartTooLong(columns=columns, most=MOST_COLUMNS)
    return by, period


def _fitting(arguments: DrawChart, period: Period | None) -> ChartBy:
    narrowed = arguments.category or arguments.merchant or arguments.of == "income"
    if period is None:
        return ChartBy.MONTH if narrowed else ChartBy.CATEGORY
    if period.days > MOST_COLUMNS:
        return ChartBy.MONTH
    return ChartBy.DAY if narrowed else ChartBy.CATEGORY


def _last_months(today: date) -> Period:
    month = period_of(Grain.MONTH, today, Calendar())
    return Period(month.shift(1 - _YEAR_OF_MONTHS).start, month.end)


def _as_question(arguments: DrawChart, by: ChartBy, period: Period) -> ShowSpending:
    return ShowSpending(
        period=period.canonical(),
        group_by=GroupBy(by),
        category=arguments.category,
        merchant=arguments.merchant,
        account=arguments.account,
        flow="income" if arguments.of == "income" else "spend",
    )


def _narrowed(question: Question) -> dict[str, str]:
    return {fact.name: str(fact.value) for fact in question.echo if fact.kind is FactKind.NAME}


def _steps(by: ChartBy, period: Period) -> list[str]:
    """Return the key of every month or day of a period, as sums are keyed by them."""
    if by is ChartBy.DAY:
        days = (period.start + timedelta(days=step) for step in range(period.days))
        return [one.isoformat() for one in days]
    month = period_of(Grain.MONTH, period.start, Calendar())
    found = []
    while month.start < period.end:
        found.append(month.start.isoformat()[:7])
        month = month.next()
    return found


def _named_period(by: ChartBy, period: Period) -> Period:
    """Return the days a picture is titled with: columns of months are months, to the last one."""
    if by is not ChartBy.MONTH:
        return period
    last = period_of(Grain.MONTH, period.last_day, Calendar())
    return Period(period_of(Grain.MONTH, period.start, Calendar()).start, last.end)


def _whole_timeline(
    groups: Sequence[Total], by: ChartBy, period: Period, whole: Total
) -> list[Total]:
    """Put in the months and days of which there is nothing: they are nought, and not missing.

    Those before the first entry of all are left out: of them nothing is known.
    """
    found = {group.key: group for group in groups}
    first = min(found) if found else ""
    steps = _steps(by, period)
    if period.end - period.start > timedelta(days=MOST_COLUMNS):
        steps = [key for key in steps if key >= first]
    return [found.get(key, Total(key, "", whole.currency, 0, 0)) for key in steps]


def _split(groups: Sequence[Total], by: ChartBy) -> tuple[Sequence[Total], Sequence[Total]]:
    if by in _TIMELINE or len(groups) <= MOST_BARS:
        return groups, ()
    return groups[: MOST_BARS - 1], groups[MOST_BARS - 1 :]


def _lines(head: Sequence[Total], rest: Sequence[Total], by: ChartBy) -> tuple[Line, ...]:
    lines = tuple(
        Line((group_fact(one, GroupBy(by)), _amount("spent", one.minor, one.currency)))
        for one in head
    )
    if not rest:
        return lines
    together = _amount("spent", sum(one.minor for one in rest), rest[0].currency)
    return (*lines, Line((count("others", len(rest)), together), shape="draw_chart.rest_line"))


def _points(head: Sequence[Total], rest: Sequence[Total], by: ChartBy) -> tuple[Point, ...]:
    named_by_key = by in (*_TIMELINE, ChartBy.CATEGORY)
    points = [
        point(one.key if named_by_key else one.label or one.key, Money(one.minor, one.currency))
        for one in head
    ]
    if rest:
        points.append(point("", Money(sum(one.minor for one in rest), rest[0].currency)))
    return tuple(points)


def _amount(name: str, minor: int, currency: str) -> Fact:
    return money(name, Money(minor, currency))


def _net_worth(arguments: DrawChart, work: ToolWork) -> Answer:
    told = None if arguments.period is None else names.period(arguments.period)
    period = (told or _last_months(work.today)).to_date(work.today)
    days = _closing_days(period) if period.days else []
    found = work.uow.worth.over(work.user, days, today=work.today)
    if not found:
        return Answer("draw_chart.no_net_worth", (span("period", told or period),))
    first, last = found[0], found[-1]
    facts: tuple[Fact, ...] = (
        money("net_worth", last.value),
        day("date", last.on),
        money("before", first.value),
        day("since", first.on),
        money("difference", last.value - first.value),
    )
    options: tuple[str, ...] = ()
    if missing := max(one.missing for one in found):
        facts += (count("missing", missing),)
        options = ("draw_chart.uncounted",)
    if unpriced := max(one.unpriced for one in found):
        facts += (count("uncounted", unpriced),)
        options += ("show_net_worth.uncounted",)
    lines = tuple(Line((day("group", one.on), money("net_worth", one.value))) for one in found)
    chart = Chart(
        of=ChartOf.NET_WORTH,
        by=ChartBy.DAY,
        period=Period(first.on, last.on + timedelta(days=1)),
        currency=last.value.currency,
        points=tuple(point(one.on.isoformat(), one.value) for one in found),
        as_of=work.now,
        narrowed={},
    )
    shape = "draw_chart.net_worth" if last.value >= first.value else "draw_chart.net_worth_down"
    if len(found) == 1:
        return Answer("draw_chart.net_worth_once", facts, (), options)
    paper = Paper("chart", chart_to_json(chart))
    return Answer(shape, facts, lines, (*options, _FOLLOWS), papers=(paper,))


def _closing_days(period: Period) -> list[date]:
    """Return the last day of each month in a period, or every day of a short one."""
    if period.days <= MOST_COLUMNS:
        return [period.start + timedelta(days=step) for step in range(period.days)]
    month = period_of(Grain.MONTH, period.start, Calendar())
    days = []
    while month.start < period.end:
        days.append(min(month.last_day, period.last_day))
        month = month.next()
    return days[-MOST_COLUMNS:]


def _balance(arguments: DrawChart, work: ToolWork) -> Answer:
    days = days_ahead(arguments.period, work.today)
    cash = work.uow.insights.cash(
        work.user_id, currency=work.preferences.currency, today=work.today
    )
    if not cash.balances:
        return Answer("forecast_balance.no_account")
    try:
        ahead = cash.ahead(days)
    except TooLittleHistory as error:
        return too_early(error)
    course = [work.today + timedelta(days=step) for step in range(days + 1)]
    amounts = [Money(ahead.on(one), cash.currency) for one in course]
    facts = (
        money("expected", amounts[-1]),
        day("date", course[-1]),
        money("cash", amounts[0]),
        money("low", Money(ahead.low, cash.currency)),
        day("low_on", ahead.low_on),
    )
    chart = Chart(
        of=ChartOf.BALANCE,
        by=ChartBy.DAY,
        period=Period(course[0], course[-1] + timedelta(days=1)),
        currency=cash.currency,
        points=tuple(
            point(one.isoformat(), amount) for one, amount in zip(course, amounts, strict=True)
        ),
        as_of=work.now,
        narrowed={},
    )
    paper = Paper("chart", chart_to_json(chart))
    return Answer("draw_chart.balance", facts, (), (_FOLLOWS,), papers=(paper,))
