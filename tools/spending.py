"""Where money went and came from: one tool for every sum over a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from core.facts import Answer, Fact, Line, count, day, money, named, percent, span
from core.ledger.entry import Flow, JournalEntry
from core.ledger.search import EntryQuery, GroupBy, SortBy, Total
from core.money import Money
from core.period import Calendar, Grain, Period, period_of
from tools import names
from tools.context import ToolWork
from tools.other_currencies import in_other_currencies
from tools.spec import Arguments, tool
from tools.typical import typical_month
from tools.versus import versus

# Lines of a breakdown; the rest is one line less to read and still in the total.
_MAX_GROUPS = 12
_TIMELINE = (GroupBy.MONTH, GroupBy.DAY)
# What is compared with "last week" is this week; with a span of days it is the month.
_UNITS = frozenset({Grain.DAY, Grain.WEEK, Grain.QUARTER, Grain.YEAR, Grain.FISCAL_YEAR})


class ShowSpending(Arguments):
    """What to add up, over which days, broken down by what, compared with what."""

    period: str | None = Field(
        None, description="Days to add up, as '2026-10-01..2026-10-31'; this month when left out"
    )
    group_by: GroupBy = Field(GroupBy.NONE, description="Break the sum down by this")
    category: str | None = Field(None, description="Category slug, primary or detailed")
    merchant: str | None = Field(None, description="Merchant's name or key")
    account: str | None = Field(None, description="Account's name or handle")
    compare_to: str | None = Field(
        None, description="A second period to compare with, or 'previous'"
    )
    flow: Literal["spend", "income"] = Field("spend", description="Money out or money in")
    against: str | None = Field(
        None, description="A second category slug or merchant to hold against the first"
    )
    measure: Literal["sum", "typical_month"] = Field(
        "sum", description="The sum, or what a usual month costs by the full months before"
    )


@dataclass(frozen=True, slots=True)
class Question:
    """The resolved question: a query, its period, and the facts that echo what was understood."""

    query: EntryQuery
    period: Period
    echo: tuple[Fact, ...]
    base: str


@tool()
def show_spending(arguments: ShowSpending, work: ToolWork) -> Answer:
    """Add up spending or income over a period: in all, by category, merchant, account or month.

    Refunds are already taken off and transfers between own accounts do not count. Use this for
    "how much did I spend on X"; use find_entries to list the entries themselves.
    """
    if arguments.against is not None and (arguments.merchant or arguments.category):
        return _versus(arguments, work)
    question = question_of(arguments, work)
    if arguments.measure == "typical_month":
        return typical_month(question.query, question.echo[1:], work)
    if arguments.compare_to is not None:
        return _compared(arguments, question, work)
    if arguments.group_by is GroupBy.NONE:
        return _total(arguments, question, work)
    return _grouped(arguments, question, work)


def _versus(arguments: ShowSpending, work: ToolWork) -> Answer:
    """Hold one shop or category against another over the same days."""
    first = arguments.merchant or arguments.category or ""
    around = arguments.model_copy(update={"merchant": None, "category": None, "compare_to": None})
    question = question_of(around, work)
    return versus(first, str(arguments.against), question.query, question.echo, work)


def spending_query(arguments: ShowSpending, work: ToolWork) -> EntryQuery:
    """Return what a question about spending looks for, to explain its answer later."""
    return question_of(arguments, work).query


def _unit_meant(arguments: ShowSpending) -> Grain:
    """Return what runs now where no days were said: a week against a week, else the month.

    Of a course by months one month would be no course.
    """
    if arguments.group_by is GroupBy.MONTH and arguments.compare_to is None:
        return Grain.YEAR
    if arguments.compare_to in (None, "previous"):
        return Grain.MONTH
    compared = names.period(str(arguments.compare_to)).grain
    return compared if compared in _UNITS else Grain.MONTH


def question_of(arguments: ShowSpending, work: ToolWork) -> Question:
    """Resolve the user's words to what is looked for in the books."""
    if arguments.period is None:
        period = period_of(_unit_meant(arguments), work.today, work.preferences.calendar)
    else:
        period = names.period(arguments.period)
    echo: tuple[Fact, ...] = (span("period", period),)
    query = EntryQuery(period=period, flow=Flow(arguments.flow))
    if arguments.category is not None:
        query = replace(query, categories=names.categories(arguments.category))
        echo += (named("category", arguments.category),)
    if arguments.merchant is not None:
        key, shown = names.merchant_key(work, arguments.merchant)
        query = replace(query, merchant_key=key)
        echo += (named("merchant", shown),)
    if arguments.account is not None:
        chosen = names.account(work, arguments.account)
        query = replace(query, account_id=chosen.id)
        echo += (named("account", chosen.name),)
    return Question(query, period, echo, work.preferences.currency)


def _total(arguments: ShowSpending, question: Question, work: ToolWork) -> Answer:
    totals = work.uow.entries.totals(work.user_id, question.query)
    main, others = main_and_others(totals, question.base)
    if main is None:
        return _nothing(question, work)
    spent = sum_fact("spent", main, question, work)
    facts = (spent, count("rows", main.rows), *question.echo)
    options: tuple[str, ...] = ()
    if arguments.flow == "spend" and main.rows > 1:
        biggest = _biggest(question, main.currency, work)
        if biggest is not None:
            facts += _biggest_facts(biggest)
            options = ("show_spending.biggest",)
    shape = "income" if arguments.flow == "income" else "total"
    if main.minor < 0 and arguments.flow == "spend":
        shape = "refunded"
        options = ()
    elsewhere = in_other_currencies(work, question.query, main, others)
    facts, options = facts + elsewhere.facts, options + elsewhere.options
    return Answer(f"show_spending.{shape}", facts, elsewhere.lines, options)


def _nothing(question: Question, work: ToolWork) -> Answer:
    """Say that there is nothing, and when there last was something if that is longer ago."""
    shape = "none" if question.query.flow is Flow.SPEND else "no_income"
    last = work.uow.entries.find(work.user_id, replace(question.query, period=None, limit=1))
    if not last or last[0].booked_date >= question.period.start:
        return Answer(f"show_spending.{shape}", question.echo)
    newest = day("newest", last[0].booked_date)
    return Answer(f"show_spending.{shape}", (*question.echo, newest))


def _compared(arguments: ShowSpending, question: Question, work: ToolWork) -> Answer:
    assert arguments.compare_to is not None
    if arguments.compare_to == "previous":
        other_period = question.period.previous()
    else:
        other_period = names.period(arguments.compare_to)
    other = replace(question, query=question.query.over(other_period), period=other_period)
    now = _in_base(work.uow.entries.totals(work.user_id, question.query), question.base)
    then = _in_base(work.uow.entries.totals(work.user_id, other.query), question.base)
    difference = Money(now.minor - then.minor, question.base)
    facts = (
        sum_fact("spent", now, question, work),
        sum_fact("other_spent", then, other, work),
        money("difference", difference),
        span("other_period", other_period),
        *question.echo,
    )
    if then.minor > 0:
        change = Decimal(difference.minor * 1000 // then.minor) / 10
        facts += (percent("change", change),)
    return Answer(f"show_spending.{_comparison(now.minor, then.minor)}", facts)


def _comparison(now: int, then: int) -> str:
    if then == 0 and now > 0:
        return "compared_new"
    if now == then:
        return "compared_same"
    return "compared_more" if now > then else "compared_less"


def _grouped(arguments: ShowSpending, question: Question, work: ToolWork) -> Answer:
    by = arguments.group_by
    groups = work.uow.entries.totals(work.user_id, question.query, by)
    whole, others = main_and_others(
        work.uow.entries.totals(work.user_id, question.query), question.base
    )
    if whole is None:
        return _nothing(question, work)
    mine = [group for group in groups if group.currency == whole.currency]
    shown = mine if by in _TIMELINE else mine[:_MAX_GROUPS]
    lines = tuple(_group_line(group, whole, by) for group in shown)
    facts = (sum_fact("spent", whole, question, work), count("rows", whole.rows), *question.echo)
    if by in _TIMELINE:
        shape = "timeline"
        if len(mine) > 1:
            facts += (_average(question, whole, mine, by, work),)
    else:
        shape = "income_grouped" if arguments.flow == "income" else "grouped"
    elsewhere = in_other_currencies(work, question.query, whole, others)
    lines += elsewhere.lines
    return Answer(f"show_spending.{shape}", facts + elsewhere.facts, lines, elsewhere.options)


def _average(
    question: Question, whole: Total, groups: Sequence[Total], by: GroupBy, work: ToolWork
) -> Fact:
    """Return what a day or a month took on average: those on which nothing was spent count too.

    Its label says over which days: from the first of the books on, and none that lie ahead.
    """
    period = question.period.to_date(work.today)
    period = period if period.days else question.period
    earlier = Period(date.min, period.start)
    if not work.uow.entries.count(work.user_id, EntryQuery(period=earlier)):
        key = min(one.key for one in groups)
        first = date.fromisoformat(key if by is GroupBy.DAY else f"{key}-01")
        period = Period(max(first, period.start), period.end)
    parts = max(stretches(period, by), 1)
    average = Money(whole.minor // parts, whole.currency)
    return money("average", average, label=period.canonical())


def stretches(period: Period, by: GroupBy) -> int:
    """Return how many days or calendar months a period touches."""
    if by is GroupBy.DAY:
        return period.days
    first, last = period.start, period.last_day
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _group_line(group: Total, whole: Total, by: GroupBy) -> Line:
    spent = money("spent", Money(group.minor, group.currency), row_count=group.rows)
    facts: tuple[Fact, ...] = (group_fact(group, by), spent)
    # Beside refunds a part may be more than the whole: no share is told of such a one.
    if 0 <= group.minor <= whole.minor and whole.minor and by not in _TIMELINE:
        facts += (percent("share", Decimal(group.minor * 1000 // whole.minor) / 10),)
    return Line(facts)


def group_fact(group: Total, by: GroupBy) -> Fact:
    """Return what a group of a breakdown is."""
    match by:
        case GroupBy.MONTH:
            first = date.fromisoformat(f"{group.key}-01")
            return span("group", period_of(Grain.MONTH, first, Calendar()))
        case GroupBy.DAY:
            return day("group", date.fromisoformat(group.key))
        case GroupBy.CATEGORY:
            return named("group", group.key)
        case _:
            return named("group", group.label or group.key)


def sum_fact(name: str, sum_: Total, question: Question, work: ToolWork) -> Fact:
    """Return a sum as a fact, with the entries behind it."""
    query = replace(question.query, currency=sum_.currency)
    rows = work.uow.entries.rows_behind(work.user_id, query)
    return money(
        name,
        Money(sum_.minor, sum_.currency),
        label=str(question.period.canonical()),
        rows=tuple(int(row) for row in rows),
        row_count=sum_.rows,
    )


def _biggest(question: Question, currency: str, work: ToolWork) -> JournalEntry | None:
    query = replace(question.query, currency=currency, sort=SortBy.LARGEST, limit=1)
    found = work.uow.entries.find(work.user_id, query)
    return found[0] if found else None


def _biggest_facts(entry: JournalEntry) -> tuple[Fact, ...]:
    return (
        named("payee", entry.payee),
        money("amount", entry.amount, rows=(int(entry.id),), row_count=1),
        day("date", entry.booked_date),
    )


def main_and_others(totals: tuple[Total, ...], base: str) -> tuple[Total | None, list[Total]]:
    """Choose the sum to lead with: the user's currency, else the one with most rows."""
    if not totals:
        return None, []
    ranked = sorted(totals, key=lambda item: (item.currency != base, -item.rows))
    return ranked[0], ranked[1:]


def _in_base(totals: tuple[Total, ...], base: str) -> Total:
    return next((item for item in totals if item.currency == base), Total("", "", base, 0, 0))
