"""Why an entry is in its category: who decided, by what, and how sure that is."""

from __future__ import annotations

from dataclasses import replace
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
from tools.deciding import payment_of
from tools.entries import entry_facts
from tools.rules import conditions_told
from tools.sorting import best_guess
from tools.spec import Arguments, tool

# What a stored source is told as; whatever else decided was the user.
_BY = {
    Source.CASE.value: "case",
    Source.RULE.value: "rule",
    Source.MEMORY.value: "memory",
    Source.DICTIONARY.value: "dictionary",
    Source.KEYWORD.value: "keyword",
    Source.MODEL.value: "model",
}


class ExplainCategory(Arguments):
    """Which entry."""

    entry: str = Field(
        description="Handle of the entry, like 'entry:12'; 'merchant:' and a shop: its newest one"
    )


@tool()
def explain_category(arguments: ExplainCategory, work: ToolWork) -> Answer:
    """Say why an entry is in its category: the user's word, a rule, a known shop, or a guess.

    Use this for "why is that groceries", "who put this there"; use explain_figure for sums.
    """
    entry = _meant(arguments.entry, work)
    if entry.category == UNCATEGORISED or not entry.allocations:
        return _nobody_knows(entry, work)
    part = max(entry.allocations, key=lambda one: abs(one.amount.minor))
    by = _BY.get(part.source, "user")
    told = (replace(fact, is_guess=False) for fact in entry_facts(entry))
    facts = (*told, *_evidence(by, entry, part, work))
    return Answer(f"explain_category.{by}", facts, subjects=(entry.handle,))


def _meant(handle: str, work: ToolWork) -> JournalEntry:
    """Return the entry with a handle, or the newest one of a shop."""
    if names.is_of_shop(handle):
        return names.entries_of_shop(work, handle, limit=1)[0]
    return names.entry(work, handle)


def _nobody_knows(entry: JournalEntry, work: ToolWork) -> Answer:
    guess = best_guess(entry, work.uow.decisions.knowledge(work.user_id))
    facts: tuple[Fact, ...] = tuple(fact for fact in entry_facts(entry) if fact.name != "category")
    if guess:
        facts += (named("guess", guess),)
    return Answer("explain_category.none", facts, subjects=(entry.handle,))


def _evidence(by: str, entry: JournalEntry, part: Allocation, work: ToolWork) -> tuple[Fact, ...]:
    """Return what the answer of this kind tells beside the entry itself."""
    if by == "user":
        set_at = work.uow.categories.past_allocations(entry.id)[-1][1]
        return (day("since", today_in(work.preferences.zone, set_at)),)
    if by in ("case", "rule"):
        return _decided(by, entry, work)
    sure = percent("sure", Decimal(part.confidence))
    if by in ("keyword", "dictionary"):
        reason = _reason(entry)
        return (sure, named("reason", reason)) if reason else (sure,)
    return (sure,) if by == "model" else ()


def _decided(by: str, entry: JournalEntry, work: ToolWork) -> tuple[Fact, ...]:
    """Return the case or the rule that files such a payment there today; it may be gone."""
    decisions = work.uow.decisions.decisions(work.user_id)
    found = decisions.about((entry.merchant_key,), f"{entry.payee} {entry.description}")
    if by == "case":
        case = decisions.like(entry.merchant_key, payment_of(entry))
        known = case is not None and case.category == entry.category
        zone = work.preferences.zone
        return (day("since", today_in(zone, case.made_at)),) if case and known else ()
    for rule in found.rules:
        if rule.category == entry.category and rule.conditions.hold(payment_of(entry)):
            return (*conditions_told(rule, work), count("rule", rule.id))
    return ()


def _reason(entry: JournalEntry) -> str:
    """Return the shop or the word that tells the entry's category, read anew."""
    text = entry.description or entry.payee
    inflow = entry.amount.minor > 0
    guess = suggest(text, inflow=inflow, stated=entry.payee).guess
    return guess.reason if guess.category == entry.category else ""
