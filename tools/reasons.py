"""Why an entry is in its category: who decided, by what, and how sure that is."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from core.categories.scheme import UNCATEGORISED
from core.facts import Answer, Fact, count, day, named, percent
from core.ledger.entry import Allocation, JournalEntry
from core.payees.categorise import suggest
from core.payees.guess import Source
from core.period import today_in
from tools import names
from tools.context import ToolWork
from tools.entries import entry_facts
from tools.sorting import best_guess
from tools.spec import Arguments, tool

# What a stored source is told as; whatever else decided was the user.
_BY = {
    Source.RULE.value: "rule",
    Source.MEMORY.value: "memory",
    Source.DICTIONARY.value: "dictionary",
    Source.KEYWORD.value: "keyword",
    Source.MODEL.value: "model",
}


class ExplainCategory(Arguments):
    """Which entry."""

    entry: str = Field(description="Handle of the entry, like 'entry:12'")


@tool()
def explain_category(arguments: ExplainCategory, work: ToolWork) -> Answer:
    """Say why an entry is in its category: the user's word, a rule, a known shop, or a guess.

    Use this for "why is that groceries", "who put this there"; use explain_figure for sums.
    """
    entry = names.entry(work, arguments.entry)
    if entry.category == UNCATEGORISED or not entry.allocations:
        return _nobody_knows(entry, work)
    part = max(entry.allocations, key=lambda one: abs(one.amount.minor))
    by = _BY.get(part.source, "user")
    facts = (*entry_facts(entry), *_evidence(by, entry, part, work))
    return Answer(f"explain_category.{by}", facts, subjects=(entry.handle,))


def _nobody_knows(entry: JournalEntry, work: ToolWork) -> Answer:
    guess = best_guess(entry, work.uow.categories.knowledge(work.user_id))
    facts: tuple[Fact, ...] = tuple(fact for fact in entry_facts(entry) if fact.name != "category")
    if guess:
        facts += (named("guess", guess),)
    return Answer("explain_category.none", facts, subjects=(entry.handle,))


def _evidence(by: str, entry: JournalEntry, part: Allocation, work: ToolWork) -> tuple[Fact, ...]:
    """Return what the answer of this kind tells beside the entry itself."""
    if by == "user":
        set_at = work.uow.categories.past_allocations(entry.id)[-1][1]
        return (day("since", today_in(work.preferences.zone, set_at)),)
    if by == "rule":
        return _rule(entry, work)
    sure = percent("sure", Decimal(part.confidence))
    if by in ("keyword", "dictionary"):
        reason = _reason(entry)
        return (sure, named("reason", reason)) if reason else (sure,)
    return (sure,) if by == "model" else ()


def _rule(entry: JournalEntry, work: ToolWork) -> tuple[Fact, ...]:
    for rule in work.uow.categories.rules(work.user_id):
        if entry.merchant_key.startswith(rule.merchant_key):
            return (named("merchant", rule.merchant), count("rule", rule.id))
    return ()


def _reason(entry: JournalEntry) -> str:
    """Return the shop or the word that tells the entry's category, read anew."""
    text = entry.description or entry.payee
    inflow = entry.amount.minor > 0
    guess = suggest(text, inflow=inflow, stated=entry.payee).guess
    return guess.reason if guess.category == entry.category else ""
