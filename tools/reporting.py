"""Reports and the dashboard on request: the main figures at once, the document to follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from core.bills.standing import to_pay
from core.facts import Answer, Fact, Paper, count, day, money, named, span
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money, total
from core.period import Grain, Period, period_of
from core.reports.chart import Point, point
from core.reports.figures import ReportFigures, leading
from core.reports.figures import Share as CategoryShare
from tools import names
from tools.bills import dues_until
from tools.context import MadeFile, ToolWork
from tools.export_report import report_csv
from tools.paying import reckoned
from tools.spec import Arguments, tool

_AHEAD = timedelta(days=30)
_BARS = 5


class SendReport(Arguments):
    """Of which days, as what."""

    period: str | None = Field(
        None, description="A month, quarter, year or other days; the last month when left out"
    )
    form: Literal["pdf", "csv"] = Field("pdf", description="A document, or its tables as CSV")


@tool()
def send_report(arguments: SendReport, work: ToolWork) -> Answer:
    """Send the report of a month, quarter or year into the chat, as a PDF or its tables as CSV.

    The answer has the main figures in words; the PDF is made in the background and follows.
    """
    period = _report_period(arguments.period, work)
    figures = work.uow.reports.read(work.user, period, now=work.now, is_bank_day=work.is_bank_day)
    if figures.is_empty:
        return Answer("report.empty", (span("period", period),))
    facts = report_facts(figures)
    if arguments.form == "csv":
        return _as_csv(figures, facts, work)
    paper = Paper("report", {"period": period.canonical()})
    return Answer("send_report.made", facts, (), ("send_report.follows",), papers=(paper,))


def _report_period(text: str | None, work: ToolWork) -> Period:
    """Return the days of the report; a part of a month or year that still runs is all of it."""
    if text is not None:
        return names.period(text)
    return period_of(Grain.MONTH, work.today, work.preferences.calendar).previous()


def report_facts(figures: ReportFigures) -> tuple[Fact, ...]:
    """Return the figures that a report is announced with."""
    return (
        span("period", figures.period),
        money("spent", figures.spent, row_count=figures.rows),
        money("income", figures.income),
        money("saved", figures.saved),
    )


def _as_csv(figures: ReportFigures, facts: tuple[Fact, ...], work: ToolWork) -> Answer:
    name = f"report-{figures.period.start.isoformat()}.csv"
    made = MadeFile(
        key=f"export/{work.ids.new('file')}/{name}",
        name=name,
        media_type="text/csv",
        content=report_csv(figures).encode(),
    )
    work.made.append(made)
    shape = "send_report.tables"
    return Answer(shape, (*facts, named("name", name)), attachments=(made.key,))


class ShowDashboard(Arguments):
    """No arguments: it is always today's."""


@tool()
def show_dashboard(_arguments: ShowDashboard, work: ToolWork) -> Answer:
    """Show the six figures that matter most, in words and in one picture that follows.

    Money at hand, what is safe to spend, spent and received this month, bills ahead, net worth.
    """
    worth = work.uow.worth.over(work.user, [work.today], today=work.today)
    if not worth:
        return Answer("show_dashboard.none")
    month = period_of(Grain.MONTH, work.today, work.preferences.calendar)
    safe = reckoned(work)
    figures = {
        "cash": safe.cash,
        "left": safe.left,
        "spent": _sum(work, month, Flow.SPEND),
        "income": _sum(work, month, Flow.INCOME),
        "bills": _bills(work),
        "net_worth": worth[0].value,
    }
    facts: tuple[Fact, ...] = (
        *(money(name, amount) for name, amount in figures.items()),
        span("period", month),
        day("until", safe.until - timedelta(days=1)),
    )
    options: tuple[str, ...] = ()
    if worth[0].missing:
        facts += (count("missing", worth[0].missing),)
        options = ("show_dashboard.uncounted",)
    if worth[0].unpriced:
        facts += (count("uncounted", worth[0].unpriced),)
        options += ("show_net_worth.uncounted",)
    wanted = {
        "period": month.canonical(),
        "currency": work.preferences.currency,
        "as_of": work.now.isoformat(),
        "until": (safe.until - timedelta(days=1)).isoformat(),
        "tiles": [[name, amount.plain] for name, amount in figures.items()],
        "bars": [[one.label, one.plain] for one in _largest(work, month)],
    }
    paper = Paper("dashboard", wanted)
    return Answer(
        "show_dashboard.figures", facts, (), (*options, "show_dashboard.follows"), papers=(paper,)
    )


def _sum(work: ToolWork, month: Period, flow: Flow) -> Money:
    currency = work.preferences.currency
    totals = work.uow.entries.totals(work.user_id, EntryQuery(period=month, flow=flow))
    return Money(sum(one.minor for one in totals if one.currency == currency), currency)


def _bills(work: ToolWork) -> Money:
    """Return what is to be paid in the next 30 days, in the user's own currency."""
    until = work.today + _AHEAD
    ahead = to_pay(dues_until(work, until), Period(work.today, until, Grain.SPAN), work.today)
    currency = work.preferences.currency
    return total((one.amount for one in ahead if one.amount.currency == currency), currency)


def _largest(work: ToolWork, month: Period) -> tuple[Point, ...]:
    query = EntryQuery(period=month, flow=Flow.SPEND, currency=work.preferences.currency)
    shares = tuple(
        CategoryShare(one.key, Money(one.minor, one.currency), one.rows)
        for one in work.uow.entries.totals(work.user_id, query, GroupBy.CATEGORY)
        if one.minor > 0
    )
    head, rest = leading(shares, _BARS)
    return tuple(point(one.name, one.amount) for one in (*head, *([rest] if rest else [])))
