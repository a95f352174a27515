"""What investments paid out: dividends of some days, by what paid them."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from core.facts import Answer, Fact, Line, count, money, named, span
from core.investments.dividends import Dividends, Payer
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money
from core.period import EARLIEST, Grain, Period
from tools import names
from tools.context import ToolWork
from tools.security_names import SecurityNameUnknown, one_security
from tools.spec import Arguments, tool

# What entries of a bank are filed under when they are dividends.
_CATEGORY = "INCOME_DIVIDENDS"


class ShowDividends(Arguments):
    """Over which time, and of what."""

    period: str | None = Field(None, description="Canonical period; since the first trade if none")
    security: str | None = Field(None, description="One security; all of them when left out")


@tool()
def show_dividends(arguments: ShowDividends, work: ToolWork) -> Answer:
    """Show the dividends that investments paid, in all and by what paid them.

    They are those that were told or imported; each counts at the rate of its own day.
    """
    period = _period(arguments.period, work.today)
    security = one_security(work, arguments.security) if arguments.security else None
    if security is not None and not work.uow.trades.of(work.user_id, security.id):
        raise SecurityNameUnknown(name=security.name)
    chosen = None if security is None else security.id
    found = work.uow.portfolios.dividends(work.user, period, chosen)
    facts: tuple[Fact, ...] = (span("period", period),) if arguments.period else ()
    subjects = () if security is None else (security.handle,)
    if security is not None:
        facts += (named("name", security.name),)
    if not found.payers and security is None:
        return _in_the_books(period, facts, work)
    if not found.payers:
        return Answer("show_dividends.none", facts, subjects=subjects)
    facts += _sums(found)
    lines = () if security is not None else tuple(_line(one, found) for one in found.payers)
    options = ("show_dividends.missing",) if found.unrated else ()
    return Answer("show_dividends.paid", facts, lines, options, subjects=subjects)


def _in_the_books(period: Period, facts: tuple[Fact, ...], work: ToolWork) -> Answer:
    """Tell what a bank's rows call dividends, where no trade tells of any."""
    query = EntryQuery(
        period,
        Flow.INCOME,
        categories=names.categories(_CATEGORY),
        currency=work.preferences.currency,
    )
    whole = next(iter(work.uow.entries.totals(work.user_id, query, GroupBy.NONE)), None)
    if whole is None or not whole.rows:
        return Answer("show_dividends.none", facts)
    rows = tuple(int(row) for row in work.uow.entries.rows_behind(work.user_id, query))
    paid = money("paid", Money(whole.minor, whole.currency), rows=rows, row_count=len(rows))
    return Answer("show_dividends.paid", (*facts, paid, count("times", whole.rows)))


def _period(text: str | None, today: date) -> Period:
    if text is None:
        return Period(EARLIEST, today + timedelta(days=1), Grain.SPAN)
    return names.period(text)


def _sums(found: Dividends) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (money("paid", found.value), count("times", found.times))
    return (*facts, count("missing", len(found.unrated))) if found.unrated else facts


def _line(one: Payer, whole: Dividends) -> Line:
    facts: tuple[Fact, ...] = (
        named("name", one.security.name),
        money("paid", one.paid, label=one.security.name),
        count("times", one.times),
    )
    if one.value is None:
        shape = "show_dividends.unrated_line"
        return Line((*facts, named("currency", one.paid.currency)), one.security.handle, shape)
    if one.paid.currency != whole.currency:
        facts += (money("value", one.value, label=one.security.name),)
    return Line(facts, one.security.handle)
