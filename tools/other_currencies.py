"""What a sum leaves out because it is in other currencies, and what that is in the sum's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.facts import Fact, Line, money, named
from core.ledger.search import EntryQuery, GroupBy, Total
from core.money import Money
from core.rates.rate import Rate
from tools.context import ToolWork
from tools.rates import rate_facts


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is said beside a sum of one currency: a line for each other, and both together."""

    facts: tuple[Fact, ...] = ()
    lines: tuple[Line, ...] = ()
    options: tuple[str, ...] = ()


def in_other_currencies(
    work: ToolWork, query: EntryQuery, whole: Total, others: Sequence[Total]
) -> Elsewhere:
    """Value each other currency at the rate of each entry's day; without a rate it is left out."""
    if not others:
        return Elsewhere()
    by_day = {
        item.currency: work.uow.entries.totals(
            work.user_id, replace(query, currency=item.currency), GroupBy.DAY
        )
        for item in others
    }
    days = [date.fromisoformat(one.key) for sums in by_day.values() for one in sums]
    codes = {whole.currency, *by_day}
    book = work.uow.rates.book(work.user_id, codes, min(days), max(days))
    lines, together, converted = [], Money(whole.minor, whole.currency), 0
    for item in others:
        value, rates = book.value_days(_dated(by_day[item.currency]), whole.currency)
        lines.append(_line(item, value, rates))
        if value is not None:
            together += value
            converted += 1
    if not converted:
        return Elsewhere(lines=tuple(lines))
    return Elsewhere((money("together", together),), tuple(lines), ("show_spending.together",))


def _dated(sums: Sequence[Total]) -> list[tuple[date, Money]]:
    return [(date.fromisoformat(one.key), Money(one.minor, one.currency)) for one in sums]


def _line(item: Total, value: Money | None, rates: tuple[Rate, ...]) -> Line:
    facts: tuple[Fact, ...] = (
        named("currency", item.currency),
        money("spent", Money(item.minor, item.currency), row_count=item.rows),
    )
    if value is None:
        return Line(facts, shape="show_spending.other_currency_line")
    facts += (money("value", value),)
    if len(rates) == 1:
        return Line((*facts, *rate_facts(rates[0])), shape="show_spending.converted_line")
    sources = frozenset().union(*(rate.sources for rate in rates))
    source = named("source", replace(rates[0], sources=sources).source)
    return Line((*facts, source), shape="show_spending.converted_days_line")
