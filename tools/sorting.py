"""Sorting what has no category, or only a guess: five shops at a time, each with a best guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field

from core.categories.scheme import UNCATEGORISED
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, Line, count, money, named
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.payees.categorise import suggest
from core.payees.knowledge import Knowledge
from tools import names
from tools.budgets import UNDO
from tools.categorising import place
from tools.context import ToolWork
from tools.deciding import keep, payment_of
from tools.entries import entry_facts
from tools.outcome import Changed, Inverse, Unclear
from tools.recording import allocations_of
from tools.spec import Arguments, Tier, tool

AT_ONCE = 5
_MOST = 20
# Entries looked at for shops, the newest; the rest comes when these are sorted.
_LOOKED_AT = 500
# A guess less sure than this is no help.
_WORTH_SAYING = 30


class NothingToSort(FinanceError):
    """Every entry has a category, and none of them is a mere guess."""

    code = "sorting.nothing_left"


class SortEntries(Arguments):
    """Where to go on."""

    offset: int = Field(0, ge=0, le=10_000, description="How many shops to skip")


@tool()
def sort_entries(arguments: SortEntries, work: ToolWork) -> Answer:
    """List entries without a category, or with a mere guess, five shops at a time to accept.

    Use this for "sort my transactions", "what is uncategorised"; file_entries takes the answers.
    """
    shops = list(_shops(work))
    shown = shops[arguments.offset : arguments.offset + AT_ONCE]
    if not shown:
        return Answer("sort_entries.none")
    knowledge = work.uow.decisions.knowledge(work.user_id)
    lines = tuple(_line(shop, knowledge) for shop in shown)
    unsure = sum(shop[0].is_guessed for shop in shops)
    shape = "guesses" if unsure == len(shops) else "mixed" if unsure else "list"
    facts: tuple[Fact, ...] = (
        count("found", len(shops)),
        count("shown", len(shown)),
        count("unsure", unsure),
    )
    guessed = any(fact.name == "guess" for line in lines for fact in line.facts)
    choices = (Choice("ok", "choice.sort_ok"),) if guessed else ()
    how = "sort_entries.how" if guessed else "sort_entries.by_number"
    return Answer(f"sort_entries.{shape}", facts, lines, (how,), choices)


def _shops(work: ToolWork) -> Iterator[tuple[JournalEntry, ...]]:
    """Yield the entries without a category, then the guessed ones, by shop; the newest first."""
    without = EntryQuery(categories=frozenset({UNCATEGORISED}), limit=_LOOKED_AT)
    guessed = EntryQuery(only_guessed=True, limit=_LOOKED_AT)
    groups: dict[str, list[JournalEntry]] = {}
    for query in (without, guessed):
        for entry in work.uow.entries.find(work.user_id, query):
            shop = entry.merchant_key or entry.handle
            groups.setdefault(f"{shop}:{entry.flow}:{entry.category}", []).append(entry)
    yield from (tuple(group) for group in groups.values())


def _line(shop: Sequence[JournalEntry], knowledge: Knowledge) -> Line:
    newest = shop[0]
    facts = tuple(fact for fact in entry_facts(newest) if fact.name != "category")
    if len(shop) > 1:
        facts += (count("times", len(shop)),)
    guess = best_guess(newest, knowledge)
    return Line(
        (*facts, named("guess", guess)) if guess else facts, newest.handle, "sort_entries.line"
    )


def best_guess(entry: JournalEntry, knowledge: Knowledge) -> str:
    """Return the likeliest category of an entry, or nothing when that would be a blind guess."""
    if entry.is_guessed:
        return entry.category
    inflow = entry.amount.minor > 0
    text = entry.description or entry.payee
    found = suggest(
        text,
        inflow=inflow,
        stated=entry.payee,
        knowledge=knowledge,
        payment=payment_of(entry),
    )
    guess = found.guess
    return guess.category if guess.confidence >= _WORTH_SAYING else ""


class Filing(BaseModel):
    """One shop's entries and where they belong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: str = Field(description="Handle of an entry of the shop, like 'entry:12'")
    category: str | None = Field(None, description="Category slug; the best guess when left out")


class FileEntries(Arguments):
    """What goes where."""

    filings: tuple[Filing, ...] = Field(
        (), description="Shops and their categories; all best guesses when empty", max_length=_MOST
    )


@tool(tier=Tier.REVERSIBLE, inverse=("allocations", "cases"))
def file_entries(arguments: FileEntries, work: ToolWork) -> Changed:
    """File entries that had no category or a mere guess, a shop at once, and remember it."""
    filings = _wanted(arguments, work)
    if not filings:
        raise NothingToSort
    shops = {entry.handle: shop for shop in _shops(work) for entry in shop}
    inverse: tuple[Inverse, ...] = ()
    lines: list[Line] = []
    for handle, category in filings:
        entry = names.entry(work, handle)
        shop = shops.get(handle, (entry,))
        inverse += _file(shop, category, work)
        lines.append(Line((*_told(entry), named("category", category)), handle))
    left = len(list(_shops(work)))
    facts = (count("filed", len(lines)), count("left", left))
    options = ("file_entries.more",) if left else ("file_entries.end",)
    choices = (Choice("sort", "choice.sort_more"), *UNDO) if left else UNDO
    return Changed(Answer("file_entries.filed", facts, tuple(lines), options, choices), inverse)


def _wanted(arguments: FileEntries, work: ToolWork) -> list[tuple[str, str]]:
    """Return handles with their categories; a best guess where none was said."""
    knowledge = work.uow.decisions.knowledge(work.user_id)
    if not arguments.filings:
        shown = [shop[0] for shop in _shops(work)][:AT_ONCE]
        guessed = [(entry.handle, best_guess(entry, knowledge)) for entry in shown]
        return [(handle, category) for handle, category in guessed if category]
    found = []
    for filing in arguments.filings:
        category = filing.category and names.one_category(filing.category)
        if not category:
            entry = names.entry(work, filing.entry)
            category = best_guess(entry, knowledge)
            if not category:
                raise _ask_for(entry)
        found.append((filing.entry, category))
    return found


def _ask_for(entry: JournalEntry) -> Unclear:
    options: tuple[Option, ...] = ()
    return Unclear("filings", phrase="ask.sort_category", options=options, payee=entry.payee)


def _file(shop: Sequence[JournalEntry], category: str, work: ToolWork) -> tuple[Inverse, ...]:
    inverse = []
    for entry in shop:
        inverse.append(Inverse("allocations", allocations_of(entry)))
        place(entry, category, "user", work, locked=True)
    return (*inverse, *keep(shop, category, work))


def _told(entry: JournalEntry) -> tuple[Fact, ...]:
    return (named("payee", entry.payee), money("amount", entry.amount, rows=(int(entry.id),)))
