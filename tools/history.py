"""What happened to an entry since it came into the books."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from core.facts import Answer, Fact, Line, count, day, money, named
from core.money import Money
from core.statements.receipt_record import FIELD
from tools import names
from tools.context import ToolWork
from tools.entries import entry_facts
from tools.spec import Arguments, tool


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
        field = "receipt_off" if note.field == FIELD and not note.value else note.field
        events.append((note.at, _event(field, note.at, _change(field, old, new, entry.amount))))
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
        case "payee" | "account":
            return (named("before", old), named("after", new))
        case "split":
            return (count("parts", int(old)),)
        case _:
            return ()
