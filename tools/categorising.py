"""What entries were for: move, split, and rules for next time."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.categories.cover import flow_of
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, Line, count, money, named
from core.ids import EntryId
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


@tool(tier=Tier.REVERSIBLE, inverse=("allocations", "memory"))
def recategorise_entry(arguments: RecategoriseEntry, work: ToolWork) -> Changed:
    """Move an entry to another category, remember it for that payee, and show both totals."""
    entry = names.entry(work, arguments.entry)
    if entry.state not in IN_THE_BOOKS:
        raise EntryNotInBooks
    category = names.one_category(arguments.category)
    if entry.category == category and len(entry.allocations) == 1:
        facts = (*_short(entry), named("category", category))
        answer = Answer("recategorise_entry.nothing", facts, subjects=(entry.handle,))
        return Changed(answer, ())
    period = period_of(Grain.MONTH, entry.booked_date, work.preferences.calendar)
    old_before = _spent(entry.category, period, entry, work)
    new_before = _spent(category, period, entry, work)
    place(entry, category, "user", work, locked=True)
    inverse: tuple[Inverse, ...] = (Inverse("allocations", allocations_of(entry)),)
    if entry.merchant_key:
        before = work.uow.categories.remember(
            work.user_id, entry.merchant_key, category, entry.id, now=work.now
        )
        inverse += (Inverse("memory", {"key": entry.merchant_key, "category": before}),)
    facts = (
        *_short(entry),
        named("category", category),
        named("old_category", entry.category),
        money("old_before", old_before),
        money("old_after", _spent(entry.category, period, entry, work)),
        money("new_before", new_before),
        money("new_after", _spent(category, period, entry, work)),
    )
    choices = (Choice("always", "choice.always"), *UNDO) if entry.merchant_key else UNDO
    answer = Answer("recategorise_entry.moved", facts, choices=choices, subjects=(entry.handle,))
    return Changed(answer, inverse)


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


class AddRule(Arguments):
    """Which merchant always belongs where, and whether past entries move too."""

    merchant: str = Field(description="Merchant's name or key")
    category: str = Field(description="Category slug")
    scope: Literal["future", "all", "this"] | None = Field(
        None, description="'future' only, 'all' past ones too, 'this' for no rule at all"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("rule_active", "allocations"))
def add_rule(arguments: AddRule, work: ToolWork) -> Changed:
    """File a merchant under a category every time; asks whether past entries move too."""
    key, merchant = names.merchant_key(work, arguments.merchant)
    category = names.one_category(arguments.category)
    past = work.uow.categories.unlocked_of_merchant(work.user_id, key, category)
    if arguments.scope is None:
        raise _which_scope(merchant, category, len(past))
    facts: tuple[Fact, ...] = (named("merchant", merchant), named("category", category))
    if arguments.scope == "this":
        return Changed(Answer("clarify.stopped"), ())
    old = next((r for r in work.uow.categories.rules(work.user_id) if r.merchant_key == key), None)
    if old is not None and old.category == category and arguments.scope == "future":
        return Changed(Answer("add_rule.nothing", facts), ())
    moved = _move_past(past, category, work) if arguments.scope == "all" else ()
    rule = work.uow.categories.add_rule(work.user_id, key, merchant, category, now=work.now)
    inverse = (*moved, Inverse("rule_active", {"rule": rule, "active": False}))
    if old is not None:
        inverse += (Inverse("rule_active", {"rule": old.id, "active": True}),)
        facts += (named("old_category", old.category),)
    if arguments.scope == "all" and past:
        facts += (count("rows", len(past)),)
    shape = "replaced" if old is not None and old.category != category else "added"
    return Changed(Answer(f"add_rule.{shape}", facts, choices=UNDO), inverse)


def _which_scope(merchant: str, category: str, past: int) -> Unclear:
    options = [Option("future", "choice.rule_future")]
    if past:
        options.append(Option("all", "choice.rule_all", fields={"past": str(past)}))
    options.append(Option("this", "choice.rule_this"))
    return Unclear(
        "scope",
        phrase="ask.rule_scope",
        options=tuple(options),
        merchant=merchant,
        category=category,
    )


def _move_past(past: tuple[EntryId, ...], category: str, work: ToolWork) -> tuple[Inverse, ...]:
    inverse = []
    for entry in work.uow.entries.some(work.user_id, past):
        inverse.append(Inverse("allocations", allocations_of(entry)))
        place(entry, category, "rule", work, locked=False)
    return tuple(inverse)


class RemoveRule(Arguments):
    """Whose rule."""

    merchant: str = Field(description="Merchant's name or key")


class NoRuleFor(FinanceError):
    """There is no rule for this merchant."""

    code = "rule.none_for"


@tool(tier=Tier.REVERSIBLE, inverse=("rule_active",))
def remove_rule(arguments: RemoveRule, work: ToolWork) -> Changed:
    """Stop filing a merchant by rule; entries already filed stay where they are."""
    key, merchant = names.merchant_key(work, arguments.merchant)
    rule = next((r for r in work.uow.categories.rules(work.user_id) if r.merchant_key == key), None)
    if rule is None:
        raise NoRuleFor(merchant=merchant)
    work.uow.categories.set_rule_active(work.user_id, rule.id, active=False)
    facts = (named("merchant", merchant), named("category", rule.category))
    undo = Inverse("rule_active", {"rule": rule.id, "active": True})
    return Changed(Answer("remove_rule.removed", facts, choices=UNDO), (undo,))


class ListRules(Arguments):
    """No arguments."""


@tool()
def list_rules(_arguments: ListRules, work: ToolWork) -> Answer:
    """List the user's rules: which merchant goes where."""
    rules = work.uow.categories.rules(work.user_id)
    if not rules:
        return Answer("list_rules.none")
    lines = tuple(
        Line((named("merchant", rule.merchant), named("category", rule.category))) for rule in rules
    )
    return Answer("list_rules.list", (count("found", len(rules)),), lines)
