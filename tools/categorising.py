"""What entries were for: move them, or split them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.categories.cover import flow_of
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, Line, money, named
from core.ledger.entry import (
    IN_THE_BOOKS,
    Allocation,
    EntryNotInBooks,
    Flow,
    JournalEntry,
    counted,
)
from core.ledger.search import EntryQuery
from core.money import Money, to_decimal
from core.period import Grain, Period, period_of
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.deciding import OLD, ask_if_it_differs, keep, overruled, proposes_rule
from tools.entries import entry_facts
from tools.outcome import Changed, Inverse, Unclear
from tools.recording import allocations_of
from tools.spec import Arguments, Tier, tool

_MAX_PARTS = 12


class SplitDiffers(FinanceError):
    """The parts of a split do not add up to the entry."""

    code = "entry.split_differs"


class RecategoriseEntry(Arguments):
    """Which entry, and where it belongs."""

    entry: str = Field(description="Handle of the entry, like 'entry:12'")
    category: str = Field(description="Category slug, or a new name of the user's own")
    next_time: Literal["new", "old"] | None = Field(
        None,
        description="When an earlier correction of such a payment says otherwise: which of the two"
        " holds next time; asked when left out",
    )


@tool(tier=Tier.REVERSIBLE, inverse=("allocations", "cases"))
def recategorise_entry(arguments: RecategoriseEntry, work: ToolWork) -> Changed:
    """Move an entry to another category, remember it for that payee, and show both totals."""
    entry = names.entry(work, arguments.entry)
    if entry.state not in IN_THE_BOOKS:
        raise EntryNotInBooks
    category = names.one_category(arguments.category)
    if entry.category == category and len(entry.allocations) == 1 and not entry.is_guessed:
        facts = (*_short(entry), named("category", category))
        answer = Answer("recategorise_entry.nothing", facts, subjects=(entry.handle,))
        return Changed(answer, ())
    if arguments.next_time is None:
        ask_if_it_differs(entry, category, work)
    if entry.category == category:
        return _confirmed(entry, category, work)
    period = period_of(Grain.MONTH, entry.booked_date, work.preferences.calendar)
    old_before = _spent(entry.category, period, entry, work)
    new_before = _spent(category, period, entry, work)
    once = arguments.next_time == OLD
    inverse = _settle(entry, category, work, once=once)
    despite = overruled(entry, category, work)
    again = not once and proposes_rule(entry, category, work)
    facts = (
        *_short(entry),
        named("category", category),
        named("old_category", entry.category),
        money("old_before", old_before),
        money("old_after", _spent(entry.category, period, entry, work)),
        money("new_before", new_before),
        money("new_after", _spent(category, period, entry, work)),
        *despite,
    )
    choices = (Choice("always", "choice.always"), *UNDO) if entry.merchant_key else UNDO
    answer = Answer(
        "recategorise_entry.moved_again" if again else "recategorise_entry.moved",
        facts,
        options=("recategorise_entry.despite_rule",) if despite else (),
        choices=choices,
        subjects=(entry.handle,),
    )
    return Changed(answer, inverse)


def _confirmed(entry: JournalEntry, category: str, work: ToolWork) -> Changed:
    """Take the user's word for what was only a guess; nothing moves."""
    inverse = _settle(entry, category, work, once=False)
    facts = (*_short(entry), named("category", category))
    again = proposes_rule(entry, category, work)
    answer = Answer(
        "recategorise_entry.confirmed",
        facts,
        options=("recategorise_entry.propose",) if again else (),
        choices=(Choice("always", "choice.always"), *UNDO) if again else UNDO,
        subjects=(entry.handle,),
    )
    return Changed(answer, inverse)


def _settle(
    entry: JournalEntry, category: str, work: ToolWork, *, once: bool
) -> tuple[Inverse, ...]:
    place(entry, category, "user", work, locked=True)
    return (
        Inverse("allocations", allocations_of(entry)),
        *keep((entry,), category, work, once=once),
    )


def _short(entry: JournalEntry) -> tuple[Fact, ...]:
    return tuple(fact for fact in entry_facts(entry) if fact.name in ("payee", "amount"))


def _spent(category: str, period: Period, entry: JournalEntry, work: ToolWork) -> Money:
    """Return what a category comes to in the entry's month, in its currency."""
    flow = flow_of(category)
    query = EntryQuery(
        period=period,
        flow=flow if flow is not Flow.MOVE else Flow.SPEND,
        categories=names.categories(category),
        currency=entry.amount.currency,
    )
    sums = work.uow.entries.totals(work.user_id, query)
    return Money(sum(item.minor for item in sums), entry.amount.currency)


def place(entry: JournalEntry, category: str, source: str, work: ToolWork, *, locked: bool) -> None:
    """File a whole entry under a category; a move between own accounts changes its flow."""
    flow = _flow(entry, category)
    if flow is not entry.flow:
        work.uow.ledger.change_flow(work.user_id, entry.id, flow, now=work.now)
    part = Allocation(category, counted(flow, entry.amount), source, 100, locked)
    work.uow.categories.allocate(work.user_id, entry.id, (part,), now=work.now)


def _flow(entry: JournalEntry, category: str) -> Flow:
    """Return the flow an entry has under a category: money in stays a refund of spending."""
    wanted = flow_of(category)
    if wanted is Flow.INCOME and entry.amount.minor < 0:
        return Flow.SPEND
    return wanted


class SplitPart(BaseModel):
    """One part of a split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str = Field(description="Category slug")
    amount: str | None = Field(None, description="How much; the rest when left out")


class SplitEntry(Arguments):
    """Which entry, and its parts."""

    entry: str = Field(description="Handle of the entry, like 'entry:12'")
    parts: tuple[SplitPart, ...] = Field(
        (),
        description="Parts that add up to the entry; one may leave its amount out",
        min_length=2,
        max_length=_MAX_PARTS,
    )


@tool(tier=Tier.REVERSIBLE, inverse=("allocations",))
def split_entry(arguments: SplitEntry, work: ToolWork) -> Changed:
    """Split one entry over several categories; the parts must add up to it."""
    entry = names.entry(work, arguments.entry)
    if entry.state not in IN_THE_BOOKS:
        raise EntryNotInBooks
    whole = abs(entry.amount)
    if not arguments.parts:
        raise Unclear("parts", phrase="ask.parts", amount=whole.plain, currency=whole.currency)
    amounts = _amounts(arguments.parts, whole)
    sign = 1 if counted(entry.flow, entry.amount).minor >= 0 else -1
    parts = tuple(
        Allocation(
            names.one_category(part.category),
            Money(sign * amount.minor, amount.currency),
            "user",
            100,
            locked=True,
        )
        for part, amount in zip(arguments.parts, amounts, strict=True)
    )
    work.uow.categories.allocate(work.user_id, entry.id, parts, now=work.now)
    work.uow.categories.annotate(
        work.user_id, entry.id, "split", str(len(parts)), source="user", now=work.now
    )
    lines = tuple(
        Line((named("category", part.category), money("amount", part.amount))) for part in parts
    )
    answer = Answer(
        "split_entry.split",
        _short(entry),
        lines,
        ("split_entry.undo",),
        UNDO,
        subjects=(entry.handle,),
    )
    return Changed(answer, (Inverse("allocations", allocations_of(entry)),))


def _amounts(parts: tuple[SplitPart, ...], whole: Money) -> tuple[Money, ...]:
    """Read the parts' amounts; one without an amount gets the rest."""
    given = [
        Money.of(to_decimal(part.amount), whole.currency) if part.amount is not None else None
        for part in parts
    ]
    known = sum(amount.minor for amount in given if amount is not None)
    open_parts = given.count(None)
    rest = whole.minor - known
    if (open_parts == 0 and rest != 0) or (open_parts and rest <= 0) or open_parts > 1:
        raise SplitDiffers(whole=whole.plain, parts=Money(known, whole.currency).plain)
    return tuple(amount or Money(rest, whole.currency) for amount in given)
