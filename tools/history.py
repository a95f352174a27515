"""What happened to an entry, and how a figure came about."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from core.facts import Answer, Fact, FactKind, Line, count, day, money, named, span
from core.facts_json import fact_from_json
from core.ids import EntryId
from core.money import Money
from core.period import parse_canonical
from tools import names
from tools.context import ToolWork
from tools.entries import entry_facts
from tools.spec import Arguments, tool

_ROWS_SHOWN = 10


class ShowHistory(Arguments):
    """Which entry."""

    entry: str = Field(description="Handle of the entry, like 'entry:12'")


@tool()
def show_history(arguments: ShowHistory, work: ToolWork) -> Answer:
    """Show everything that happened to an entry since it came into the books."""
    entry = names.entry(work, arguments.entry)
    events: list[tuple[datetime, Line]] = []
    before = ""
    for allocation, at in work.uow.categories.past_allocations(entry.id):
        if before and before != allocation.category:
            facts = (named("before", before), named("after", allocation.category))
            events.append((at, _event("category", at, facts)))
        before = allocation.category
    for note in work.uow.categories.history(work.user_id, entry.id):
        old, _, new = note.value.partition("\x1f")
        events.append(
            (note.at, _event(note.field, note.at, _change(note.field, old, new, entry.amount)))
        )
    if not events:
        return Answer("show_history.none", entry_facts(entry), subjects=(entry.handle,))
    events.sort(key=lambda event: event[0])
    lines = tuple(line for _, line in events)
    return Answer("show_history.list", entry_facts(entry), lines, subjects=(entry.handle,))


def _event(field: str, at: datetime, facts: tuple[Fact, ...]) -> Line:
    return Line((day("at", at), *facts), shape=f"show_history.{field}_line")


def _change(field: str, old: str, new: str, amount: Money) -> tuple[Fact, ...]:
    match field:
        case "amount":
            currency = amount.currency
            return (
                money("before", Money.of(old, currency)),
                money("after", Money.of(new, currency)),
            )
        case "date":
            return (day("before", date.fromisoformat(old)), day("after", date.fromisoformat(new)))
        case "note":
            return (named("after", old),)
        case "payee":
            return (named("before", old), named("after", new))
        case _:
            return ()


class ExplainFigure(Arguments):
    """Which figure of the last answer."""

    figure: str | None = Field(
        None, description="The amount as it was shown, like '312'; the main one when left out"
    )


@tool()
def explain_figure(arguments: ExplainFigure, work: ToolWork) -> Answer:
    """Show the entries behind a figure of the last answer: count, sum and the biggest rows."""
    found = _last_figure(arguments.figure, work)
    if found is None:
        return Answer("explain_figure.none")
    fact, echo = found
    figure = Fact("figure", fact.kind, fact.value, rows=fact.rows, row_count=fact.row_count)
    if not fact.rows:
        return Answer("explain_figure.no_rows", (figure, *echo))
    entries = work.uow.entries.some(work.user_id, (EntryId(row) for row in fact.rows))
    ranked = sorted(entries, key=lambda entry: -abs(entry.amount.minor))[:_ROWS_SHOWN]
    lines = tuple(Line(entry_facts(entry), entry.handle) for entry in ranked)
    number = fact.row_count or len(fact.rows)
    facts: tuple[Fact, ...] = (figure, count("rows", number), *echo)
    options: tuple[str, ...] = ()
    hidden = number - len(ranked)
    if hidden > 0 and isinstance(fact.value, Money) and len(entries) == number:
        rest = sum(abs(entry.amount.minor) for entry in entries) - sum(
            abs(entry.amount.minor) for entry in ranked
        )
        facts += (count("hidden", hidden), money("rest", Money(rest, fact.value.currency)))
        options = ("explain_figure.others",)
    return Answer("explain_figure.rows", facts, lines, options)


def _last_figure(figure: str | None, work: ToolWork) -> tuple[Fact, tuple[Fact, ...]] | None:
    """Find the fact meant in the newest answer of this conversation that has facts."""
    turns = work.uow.turns.of(work.conversation_id, limit=6) if work.conversation_id else ()
    calls = [call for turn in turns for call in reversed(work.uow.calls.of_turn(turn["id"]))]
    for call in calls:
        if call.tool == "explain_figure" or call.outcome != "done":
            continue
        answer = call.result["answer"]
        facts = [fact_from_json(item) for item in answer["facts"]]
        facts += [fact_from_json(item) for line in answer["lines"] for item in line["facts"]]
        chosen = _chosen(facts, figure)
        if chosen is not None:
            return chosen, _echo(facts, chosen)
    return None


def _chosen(facts: list[Fact], figure: str | None) -> Fact | None:
    amounts = [fact for fact in facts if fact.kind is FactKind.MONEY]
    if figure is None:
        return amounts[0] if amounts else None
    digits = figure.replace(",", "").strip()
    for fact in amounts:
        assert isinstance(fact.value, Money)
        plain = fact.value.plain.lstrip("-")
        if plain == digits or plain.split(".")[0] == digits.split(".")[0]:
            return fact
    return None


def _echo(facts: list[Fact], chosen: Fact) -> tuple[Fact, ...]:
    """Return what the figure was filtered by, so that the explanation repeats it."""
    kept = {"period", "category", "merchant", "account"}
    echo = tuple(fact for fact in facts if fact.name in kept)
    seen: dict[str, Fact] = {}
    for fact in echo:
        seen.setdefault(fact.name, fact)
    if "period" not in seen and chosen.label:
        seen["period"] = span("period", parse_canonical(chosen.label))
    return tuple(seen.values())
