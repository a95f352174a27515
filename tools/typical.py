"""What a usual month costs: the middle one of the last full months."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from core.facts import Answer, Fact, count, money, span
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money
from core.period import Calendar, Grain, Period, period_of
from tools.context import ToolWork

# A usual month is told by so many before this one, as far as the books reach.
_MONTHS = 6
_FEWEST = 2


def typical_month(query: EntryQuery, echo: tuple[Fact, ...], work: ToolWork) -> Answer:
    """Return the median month of ``query`` in the user's currency, and the months it is told by.

    Months without such an entry count as nothing; those before the books began do not count.
    Fewer than two full months tell nothing, and that is said.
    """
    base = work.preferences.currency
    months = _full_months(work)
    began = _began(months, query, work)
    months = tuple(month for month in months if began is not None and month.start >= began)
    if len(months) < _FEWEST:
        return Answer("show_spending.typical_unknown", echo)
    whole = Period(months[0].start, months[-1].end)
    asked = replace(query, period=whole, currency=base)
    sums = {
        one.key: one.minor for one in work.uow.entries.totals(work.user_id, asked, GroupBy.MONTH)
    }
    costs = sorted(sums.get(f"{month.start:%Y-%m}", 0) for month in months)
    rows = tuple(int(row) for row in work.uow.entries.rows_behind(work.user_id, asked))
    facts = (
        money("typical", Money(_median(costs), base), rows=rows, row_count=len(rows)),
        count("months", len(months)),
        span("period", whole),
        money("least", Money(costs[0], base)),
        money("most", Money(costs[-1], base)),
        *echo,
    )
    shape = "typical_income" if query.flow is Flow.INCOME else "typical"
    return Answer(f"show_spending.{shape}", facts)


def _full_months(work: ToolWork) -> tuple[Period, ...]:
    """Return the calendar months before the current one, the oldest first."""
    month = period_of(Grain.MONTH, work.today, Calendar())
    found: list[Period] = []
    for _ in range(_MONTHS):
        month = period_of(Grain.MONTH, month.start - timedelta(days=1), Calendar())
        found.insert(0, month)
    return tuple(found)


def _began(months: tuple[Period, ...], query: EntryQuery, work: ToolWork) -> date | None:
    """Return the first day of the first of these months in which the books hold anything."""
    whole = EntryQuery(period=Period(months[0].start, months[-1].end), flow=query.flow)
    known = {one.key for one in work.uow.entries.totals(work.user_id, whole, GroupBy.MONTH)}
    return next((month.start for month in months if f"{month.start:%Y-%m}" in known), None)


def _median(ordered: list[int]) -> int:
    """Return the middle of ordered sums, of an even number the mean of both, rounded down."""
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2
