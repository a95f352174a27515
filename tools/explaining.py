"""How a figure of an earlier answer came about: the entries behind it, or how it was worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from pydantic import Field

from core.facts import Answer, Fact, FactKind, Line, count, money, named, span
from core.facts_json import answer_from_json
from core.ids import EntryId
from core.ledger.entry import Allocation, JournalEntry
from core.ledger.search import EntryQuery, GroupBy, SortBy
from core.money import Money
from core.period import Grain, Period, PeriodUnreadable, parse_canonical, period_of
from core.store.call_store import StoredCall
from tools import names
from tools.budgets import ShowBudgets, show_budgets
from tools.context import ToolWork
from tools.entries import entry_facts
from tools.spec import Arguments, tool
from tools.spending import ShowSpending, spending_query
from tools.worked_out import WORKED_OUT, Shown

_ROWS_SHOWN = 10
_TURNS_BACK = 6


class ExplainFigure(Arguments):
    """Which figure of the last answer."""

    figure: str | None = Field(
        None, description="The amount as it was shown, like '312'; the main one when left out"
    )


@tool()
def explain_figure(arguments: ExplainFigure, work: ToolWork) -> Answer:
    """Show how a figure of the last answer came about: its entries, or how it is worked out."""
    calls = tuple(_calls(work))
    shown = next(iter(_matching(calls, arguments.figure)), None)
    if shown is not None:
        if arguments.figure is None and shown.call.tool == "find_entries" and shown.answer.lines:
            return Answer("explain_figure.listed", shown.answer.facts)
        return _explained(shown, work)
    if arguments.figure is not None and calls:
        return Answer("explain_figure.not_shown", (named("said", arguments.figure),))
    return Answer("explain_figure.none")


def _calls(work: ToolWork) -> Iterator[StoredCall]:
    """Give the calls of this conversation that answered something, newest first."""
    if not work.conversation_id:
        return
    for turn in work.uow.turns.of(work.conversation_id, limit=_TURNS_BACK):
        for call in reversed(work.uow.calls.of_turn(turn["id"])):
            if call.outcome == "done" and call.tool != "explain_figure":
                yield call


def _matching(calls: tuple[StoredCall, ...], figure: str | None) -> Iterator[Shown]:
    """Give the figures that are meant: the very amount first, then the same whole units."""
    wanted = (figure or "").replace(",", "").strip()
    for same in (_is_exactly, _is_about) if figure is not None else (_is_any,):
        for call in calls:
            answer = answer_from_json(call.result["answer"])
            yield from (one for one in _figures(call, answer) if same(one.amount, wanted))


def _figures(call: StoredCall, answer: Answer) -> Iterator[Shown]:
    head = {fact.name: fact for fact in answer.facts}
    lead = _LEADING.get(call.tool, ())
    leading_first = sorted(answer.facts, key=lambda fact: fact.name not in lead)
    groups = [(tuple(leading_first), head)]
    groups += [(ln.facts, {**head, **{f.name: f for f in ln.facts}}) for ln in answer.lines]
    for facts, beside in groups:
        for fact in facts:
            if fact.kind is FactKind.MONEY and isinstance(fact.value, Money):
                yield Shown(call, answer, fact, fact.value, beside)


def _is_exactly(amount: Money, wanted: str) -> bool:
    plain = amount.plain.lstrip("-")
    return wanted in (plain, plain.removesuffix(".00"), plain.rstrip("0"))


def _is_about(amount: Money, wanted: str) -> bool:
    return amount.plain.lstrip("-").partition(".")[0] == wanted.partition(".")[0]


def _is_any(_amount: Money, _wanted: str) -> bool:
    return True


def _explained(shown: Shown, work: ToolWork) -> Answer:
    """Explain by what the figure is called; one with entries behind it shows those."""
    name = shown.fact.name
    if "budget" in shown.beside and name in ("left", "limit", "over"):
        budget = str(shown.beside["budget"].value)
        answer = show_budgets.function(ShowBudgets(category=budget), work)
        assert isinstance(answer, Answer)
        return answer
    explain = WORKED_OUT.get((shown.call.tool, name)) or WORKED_OUT.get(("", name))
    if explain is not None:
        return explain(shown)
    if (shown.call.tool, name) in _SUMS:
        return _sum(shown, work)
    if len(shown.fact.rows) == 1:
        return _entry(shown, work)
    if shown.fact.rows:
        return _behind(shown, work)
    return Answer("explain_figure.plain", (shown.figure,))


def _behind(shown: Shown, work: ToolWork) -> Answer:
    """List the entries that a figure itself says it was worked out from."""
    entries = work.uow.entries.some(work.user_id, map(EntryId, shown.fact.rows))
    ranked = sorted(entries, key=lambda entry: (-abs(entry.amount.minor), entry.id))[:_ROWS_SHOWN]
    lines = tuple(
        Line(entry_facts(entry), entry.handle, "explain_figure.rows_line") for entry in ranked
    )
    return Answer(
        "explain_figure.behind", (shown.figure, count("rows", len(shown.fact.rows))), lines
    )


def _entry(shown: Shown, work: ToolWork) -> Answer:
    """Show the one entry a figure is the amount of, with the bank's own words."""
    entry = work.uow.entries.get(work.user_id, EntryId(shown.fact.rows[0]))
    facts = (*entry_facts(entry), named("account", entry.account))
    facts += (named("source", f"source_{entry.source.value}"),)
    if entry.description and entry.description != entry.payee:
        facts += (named("description", entry.description),)
    return Answer("explain_figure.entry", facts, subjects=(entry.handle,))


def _sum(shown: Shown, work: ToolWork) -> Answer:
    """Show the biggest entries of a sum, and what the smaller ones come to."""
    query = _query(shown, work)
    totals = work.uow.entries.totals(work.user_id, query)
    present = Money(sum(item.minor for item in totals), shown.amount.currency)
    entries = work.uow.entries.find(work.user_id, replace(query, sort=SortBy.LARGEST))
    number = work.uow.entries.count(work.user_id, query)
    echo = _echo(shown)
    if not number:
        return Answer("explain_figure.no_rows", (shown.figure, *echo))
    ranked = entries[:_ROWS_SHOWN]
    lines = tuple(Line(_counted_facts(entry, query), entry.handle) for entry in ranked)
    figure = replace(shown.figure, as_of=work.now)
    facts: tuple[Fact, ...] = (figure, count("rows", number), *echo)
    options: tuple[str, ...] = ()
    if number > len(ranked):
        rest = present.minor - sum(_counted(entry, query) for entry in ranked)
        facts += (count("hidden", number - len(ranked)),)
        facts += (money("rest", Money(rest, present.currency)),)
        options = ("explain_figure.others",)
    if present != shown.amount:
        facts += (money("now", present),)
        options += ("explain_figure.moved",)
    return Answer("explain_figure.rows", facts, lines, options)


def _query(shown: Shown, work: ToolWork) -> EntryQuery:
    """Ask again what the figure was the answer to; a row of a breakdown asks for that row."""
    currency = shown.amount.currency
    if shown.call.tool == "show_budgets":
        category = str(shown.beside["category"].value)
        query = EntryQuery(categories=names.categories(category), period=_period(shown))
        return replace(query, currency=currency)
    asked = _asked(shown)
    query = replace(spending_query(asked, work), currency=currency)
    period = _period(shown)
    if period is not None:
        query = query.over(period)
    group = shown.beside.get("group")
    return _of_group(query, asked.group_by, group, work) if group is not None else query


def _asked(shown: Shown) -> ShowSpending:
    """Return the question a sum answered; why it changed took over what was asked before."""
    given = dict(shown.call.arguments)
    if shown.call.tool != "explain_change":
        return ShowSpending.model_validate(given)
    kept = {name: given[name] for name in ("merchant", "flow") if given.get(name)}
    told = {name: str(shown.beside[name].value) for name in _FILTERS if name in shown.beside}
    one_thing = "category" in told or given.get("flow") == "income"
    by = given.get("by") or ("merchant" if one_thing else "category")
    return ShowSpending.model_validate({**told, **kept, "group_by": by})


def _grouped_by(shown: Shown) -> str:
    if shown.call.tool == "explain_change":
        return _asked(shown).group_by.value
    return str(shown.call.arguments.get("group_by", "category"))


def _of_group(query: EntryQuery, by: GroupBy, group: Fact, work: ToolWork) -> EntryQuery:
    value = group.value
    if isinstance(value, Period):
        return query.over(value)
    if isinstance(value, date):
        return query.over(period_of(Grain.DAY, value, work.preferences.calendar))
    if by is GroupBy.CATEGORY:
        return replace(query, categories=names.categories(str(value)))
    if by is GroupBy.ACCOUNT:
        return replace(query, account_id=names.account(work, str(value)).id)
    return replace(query, merchant_key=names.merchant_key(work, str(value))[0])


def _period(shown: Shown) -> Period | None:
    """Return the days a figure is over: its own label says them, or else the answer does."""
    if shown.fact.label:
        try:
            return parse_canonical(shown.fact.label)
        except PeriodUnreadable:
            pass
    fact = shown.beside.get("other_period" if shown.fact.name == "other_spent" else "period")
    return fact.value if fact is not None and isinstance(fact.value, Period) else None


def _counted(entry: JournalEntry, query: EntryQuery) -> int:
    """Return how much of an entry is in the sum: a split one may be in it in part."""
    return sum(part.amount.minor for part in _parts(entry, query))


def _parts(entry: JournalEntry, query: EntryQuery) -> list[Allocation]:
    wanted = query.categories
    return [part for part in entry.allocations if wanted is None or part.category in wanted]


def _counted_facts(entry: JournalEntry, query: EntryQuery) -> tuple[Fact, ...]:
    facts = entry_facts(entry)
    part = Money(-_counted(entry, query), entry.amount.currency)
    if abs(part.minor) == abs(entry.amount.minor):
        return facts
    return tuple(replace(one, value=part) if one.name == "amount" else one for one in facts)


def _echo(shown: Shown) -> tuple[Fact, ...]:
    """Return what the figure was filtered by, so that the explanation repeats it."""
    echo = {name: shown.beside[name] for name in _FILTERS if name in shown.beside}
    group = shown.beside.get("group")
    if group is not None and isinstance(group.value, str):
        by = _grouped_by(shown)
        echo[by] = replace(group, name=by)
    period = _period(shown)
    if group is not None and isinstance(group.value, Period):
        period = group.value
    if period is not None:
        echo["period"] = span("period", period)
    return tuple(echo.values())


# What an answer leads with, where that is not its first figure.
_LEADING: Mapping[str, tuple[str, ...]] = {"show_budgets": ("left", "over")}
_FILTERS = ("category", "merchant", "account")
_SUMS = frozenset(
    {
        ("show_spending", "spent"),
        ("show_spending", "other_spent"),
        ("show_budgets", "spent"),
        ("explain_change", "spent"),
        ("explain_change", "other_spent"),
    }
)
