"""Possible doubles: the user says whether two entries are one payment."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from core.facts import Answer, Choice, Fact, count, day, money, named
from core.ids import EntryId
from core.ledger.entry import JournalEntry, Source
from core.store.look_alike_store import Double, DoubleUnknown, Verdict
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.recording import allocations_of
from tools.spec import Arguments, Tier, tool

_HANDLE = re.compile(r"double:(\d{1,18})-(\d{1,18})")
_VERDICTS = (Choice("same", "choice.same_payment"), Choice("different", "choice.two_payments"))


class ListDoubles(Arguments):
    """No arguments: the first pair that waits, and how many there are."""


@tool()
def list_doubles(_arguments: ListDoubles, work: ToolWork) -> Answer:
    """Show entries of two sources that may be the same payment, one pair at a time."""
    waiting = work.uow.look_alikes.open(work.user_id)
    if not waiting:
        return Answer("list_doubles.none")
    first = waiting[0]
    facts = (count("found", len(waiting)), *_facts(first, work))
    return Answer("list_doubles.next", facts, choices=_VERDICTS, subjects=(handle(first),))


class SettleDouble(Arguments):
    """Which pair, and what it is."""

    pair: str = Field(description="Handle of the pair, like 'double:12-9'")
    verdict: Literal["same", "different"] = Field(description="One payment, or two")


@tool(tier=Tier.REVERSIBLE, inverse=("double", "restore_entry", "allocations", "note"))
def settle_double(arguments: SettleDouble, work: ToolWork) -> Changed:
    """Say of two entries that they are the same payment, or that both are real."""
    double = _read(arguments.pair)
    if double not in work.uow.look_alikes.open(work.user_id):
        raise DoubleUnknown
    verdict = Verdict(arguments.verdict)
    facts = _facts(double, work)
    inverse: tuple[Inverse, ...] = (
        Inverse("double", {"entry": int(double.entry_id), "other": int(double.other_id)}),
    )
    if verdict is Verdict.SAME:
        inverse += _merge(double, work)
    work.uow.look_alikes.settle(work.user_id, double, verdict)
    left = len(work.uow.look_alikes.open(work.user_id))
    options = ("settle_double.more",) if left else ()
    answer = Answer(
        f"settle_double.{verdict.value}",
        (*facts, *((count("left", left),) if left else ())),
        options=options,
        choices=UNDO,
    )
    return Changed(answer, inverse)


def _merge(double: Double, work: ToolWork) -> tuple[Inverse, ...]:
    """Take one of the two out of the books; what the user said of it goes to the other.

    What was typed in goes out, because the bank is the record; of two files, what came later.
    """
    newer = work.uow.entries.get(work.user_id, double.entry_id)
    older = work.uow.entries.get(work.user_id, double.other_id)
    kept, gone = (newer, older) if older.source is Source.MANUAL else (older, newer)
    inverse: list[Inverse] = []
    note = work.uow.categories.note(work.user_id, gone.id)
    before = work.uow.categories.note(work.user_id, kept.id)
    if note and not before:
        inverse.append(Inverse("note", {"entry": int(kept.id), "note": before}))
        work.uow.categories.annotate(
            work.user_id, kept.id, "note", note, source="user", now=work.now
        )
    if _is_users(gone) and not _is_users(kept) and gone.flow is kept.flow:
        inverse.append(Inverse("allocations", allocations_of(kept)))
        work.uow.categories.allocate(work.user_id, kept.id, gone.allocations, now=work.now)
    state = work.uow.ledger.void(work.user_id, gone.id, now=work.now)
    inverse.insert(0, Inverse("restore_entry", {"entry": int(gone.id), "state": state.value}))
    return tuple(inverse)


def _is_users(entry: JournalEntry) -> bool:
    """Tell whether the user chose the category."""
    return any(part.locked for part in entry.allocations)


def handle(double: Double) -> str:
    """Return how chats refer to a pair."""
    return f"double:{double.entry_id}-{double.other_id}"


def _read(pair: str) -> Double:
    match = _HANDLE.fullmatch(pair)
    if match is None:
        raise DoubleUnknown
    return Double(EntryId(int(match[1])), EntryId(int(match[2])))


def _facts(double: Double, work: ToolWork) -> tuple[Fact, ...]:
    one = work.uow.entries.get(work.user_id, double.entry_id)
    other = work.uow.entries.get(work.user_id, double.other_id)
    rows = (int(one.id), int(other.id))
    return (
        named("payee", one.payee),
        money("amount", one.amount, rows=rows, row_count=2),
        day("date", one.booked_date),
        named("account", one.account),
        named("other_payee", other.payee),
        day("other_date", other.booked_date),
    )
