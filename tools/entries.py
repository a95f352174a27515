"""Finding and explaining entries: lists, one entry, its history, the rows behind a figure."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from pydantic import Field

from core.conversation.plan import Option
from core.facts import Answer, Fact, Line, count, day, money, named, span
from core.ledger.entry import EntryState, Flow, JournalEntry
from core.ledger.search import EntryQuery, SortBy
from core.money import Money, to_decimal
from core.period import Grain, period_of
from core.statements.receipt_record import FIELD, read_kept
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool

# "that 43 dollar thing" may have been 43.17: look this far around before giving up.
_ABOUT_MAJOR_UNITS = 1
# A search for nothing but these signs may mean an amount; longer ones are numbers of the bank.
_FIGURE = re.compile(r"\d{1,5}(?:\.\d{1,2})?")
# Lines of one list, over all its pages; what is beyond is said, never silently left out.
_MOST_LINES = 30


class FindEntries(Arguments):
    """What to look for; nothing set lists the latest entries."""

    period: str | None = Field(None, description="Days to look in, as '2026-10-01..2026-10-31'")
    category: str | None = Field(None, description="Category slug, primary or detailed")
    merchant: str | None = Field(None, description="Merchant's name or key")
    account: str | None = Field(None, description="Account's name or handle")
    text: str | None = Field(None, description="Words in the payee or the bank's text")
    amount: str | None = Field(None, description="An amount without sign, like '43'")
    currency: str | None = Field(None, description="ISO code, when one was said")
    minimum: str | None = Field(None, description="At least this much, without sign")
    maximum: str | None = Field(None, description="At most this much, without sign")
    flow: Literal["all", "spend", "income", "move"] = Field("all", description="Which entries")
    sort: SortBy = Field(SortBy.NEWEST, description="Which come first")
    newest: int | None = Field(None, ge=1, le=30, description="Only so many of them")
    offset: int = Field(0, ge=0, le=10_000, description="How many to skip")


@tool()
def find_entries(arguments: FindEntries, work: ToolWork) -> Answer:
    """List entries that match: by period, category, merchant, account, words or amount.

    Use this for "which ones", "show my uber rides", "what was that 43 dollar thing"; use
    show_spending for sums.
    """
    if arguments.amount is None and _FIGURE.fullmatch(arguments.text or ""):
        arguments = _with_figure(arguments, work)
    query, echo = _query(arguments, work)
    if arguments.amount is not None:
        return _by_amount(arguments.amount, query, echo, work)
    if _asks_only_for_largest(arguments):
        query, echo = _lately(query, work)
    found = work.uow.entries.find(work.user_id, query)
    if not found:
        return Answer("find_entries.none", echo)
    if len(found) == 1 and not arguments.offset:
        return _single(found[0])
    return _list(found, query, echo, work, few=arguments.newest is not None)


def _asks_only_for_largest(arguments: FindEntries) -> bool:
    """Tell whether the largest entries are asked for and nothing says when or of what."""
    said = arguments.model_dump(exclude_none=True, exclude={"sort", "flow", "offset", "newest"})
    return arguments.sort is SortBy.LARGEST and not said


def _lately(query: EntryQuery, work: ToolWork) -> tuple[EntryQuery, tuple[Fact, ...]]:
    """Look through this month, as sums do; while it holds nothing yet, through the last one."""
    period = period_of(Grain.MONTH, work.today, work.preferences.calendar)
    if not work.uow.entries.count(work.user_id, query.over(period)):
        period = period.previous()
    return query.over(period), (span("period", period),)


def _with_figure(arguments: FindEntries, work: ToolWork) -> FindEntries:
    """Read a bare figure ("the 43 charge") as an amount if any entry has it, else leave it text."""
    sought = arguments.model_copy(update={"amount": arguments.text, "text": None})
    query, _ = _query(sought, work)
    minor = _minor(str(sought.amount), query.currency or work.preferences.currency)
    unit = Money.of(Decimal(_ABOUT_MAJOR_UNITS), query.currency or work.preferences.currency).minor
    fits = replace(query, minimum=minor, maximum=minor + unit - 1, limit=1, offset=0)
    return sought if work.uow.entries.find(work.user_id, fits) else arguments


def _query(arguments: FindEntries, work: ToolWork) -> tuple[EntryQuery, tuple[Fact, ...]]:
    currency = arguments.currency or work.preferences.currency
    limit = arguments.newest or _MOST_LINES
    query = EntryQuery(sort=arguments.sort, offset=arguments.offset, limit=limit)
    if arguments.sort is SortBy.LARGEST and arguments.flow == "spend":
        query = replace(query, refunds=False)  # money back is no big expense
    echo: tuple[Fact, ...] = ()
    if arguments.flow != "all":
        query = replace(query, flow=Flow(arguments.flow))
    if arguments.period is not None:
        period = names.period(arguments.period)
        query, echo = replace(query, period=period), (*echo, span("period", period))
    if arguments.category is not None:
        query = replace(query, categories=names.categories(arguments.category))
        echo += (named("category", arguments.category),)
    if arguments.merchant is not None:
        key, shown = names.merchant_key(work, arguments.merchant)
        query, echo = replace(query, merchant_key=key), (*echo, named("merchant", shown))
    if arguments.account is not None:
        chosen = names.account(work, arguments.account)
        query, echo = replace(query, account_id=chosen.id), (*echo, named("account", chosen.name))
    if arguments.text:
        query, echo = replace(query, text=arguments.text), (*echo, named("text", arguments.text))
    return _bounded(query, arguments, currency), echo


def _bounded(query: EntryQuery, arguments: FindEntries, currency: str) -> EntryQuery:
    if arguments.currency is not None:
        query = replace(query, currency=arguments.currency)
    if arguments.minimum is not None:
        query = replace(query, minimum=_minor(arguments.minimum, currency))
    if arguments.maximum is not None:
        query = replace(query, maximum=_minor(arguments.maximum, currency))
    return query


def _by_amount(amount: str, query: EntryQuery, echo: tuple[Fact, ...], work: ToolWork) -> Answer:
    """Look for an exact amount, then for that many whole units, then one unit around it."""
    currency = query.currency or work.preferences.currency
    minor = _minor(amount, currency)
    wanted = Money(minor, currency)
    exact = work.uow.entries.find(work.user_id, replace(query, minimum=minor, maximum=minor))
    if len(exact) == 1:
        return _single(exact[0])
    if exact:
        return _list(exact, replace(query, minimum=minor, maximum=minor), echo, work)
    unit = Money.of(Decimal(_ABOUT_MAJOR_UNITS), currency).minor
    low, high = minor, minor + unit - 1
    whole = work.uow.entries.find(work.user_id, replace(query, minimum=low, maximum=high))
    if whole:
        return (
            _single(whole[0])
            if len(whole) == 1
            else _list(whole, replace(query, minimum=low, maximum=high), echo, work)
        )
    low, high = max(minor - unit, 0), minor + unit
    near = work.uow.entries.find(work.user_id, replace(query, minimum=low, maximum=high))
    bounds = (
        money("amount", wanted),
        money("minimum", Money(low, currency)),
        money("maximum", Money(high, currency)),
    )
    if not near:
        return Answer("find_entries.widened_none", (*bounds, *echo))
    lines = tuple(_line(item) for item in near)
    return Answer("find_entries.widened", (*bounds, *echo), lines)


def _list(
    found: tuple[JournalEntry, ...],
    query: EntryQuery,
    echo: tuple[Fact, ...],
    work: ToolWork,
    *,
    few: bool = False,
) -> Answer:
    """List entries; ``few`` of them were asked for, so what is beyond is not missed."""
    number = len(found) if few else work.uow.entries.count(work.user_id, query)
    rows = tuple(int(item.id) for item in found)
    facts = (count("found", number, rows=rows, row_count=number), *echo)
    asked = echo or query.minimum is not None or query.flow is not None
    shape = "list" if asked or query.sort is SortBy.LARGEST else "latest"
    lines = tuple(_line(item) for item in found)
    options: tuple[str, ...] = ()
    if asked and number > query.offset + len(found):
        facts += (count("shown", len(found)),)
        options = ("find_entries.first_only",)
    return Answer(f"find_entries.{shape}", facts, lines, options)


def _single(entry: JournalEntry) -> Answer:
    facts = (*entry_facts(entry), named("account", entry.account))
    return Answer("find_entries.one", facts, subjects=(entry.handle,))


def _line(entry: JournalEntry) -> Line:
    shape = "find_entries.pending_line" if entry.state is EntryState.PENDING else ""
    return Line(entry_facts(entry), entry.handle, shape)


def entry_facts(entry: JournalEntry) -> tuple[Fact, ...]:
    """Return the facts every phrase about one entry uses."""
    rows = (int(entry.id),)
    facts: tuple[Fact, ...] = (
        named("payee", entry.payee or f"source_{entry.source.value}"),
        money("amount", entry.amount, rows=rows, row_count=1),
        day("date", entry.booked_date),
    )
    if entry.category:
        facts += (named("category", entry.category, is_guess=entry.is_guessed),)
    return facts


def entry_option(entry: JournalEntry) -> Option:
    """Return an entry as a numbered choice: payee, amount, day."""
    amount = abs(entry.amount)
    fields = {
        "name": entry.payee or entry.account,
        "amount": amount.plain,
        "currency": amount.currency,
        "date": entry.booked_date.isoformat(),
    }
    return Option(entry.handle, phrase="choice.receipt_entry", fields=fields)


def _minor(amount: str, currency: str) -> int:
    return abs(Money.rounded(to_decimal(amount), currency).minor)


class ShowEntry(Arguments):
    """Which entry."""

    entry: str = Field(description="Handle of the entry, like 'entry:12'")


@tool()
def show_entry(arguments: ShowEntry, work: ToolWork) -> Answer:
    """Show one entry in full: payee, amount, day, category, account, note and the bank's text."""
    entry = names.entry(work, arguments.entry)
    facts = (
        *entry_facts(entry),
        named("account", entry.account),
        named("source", entry.source.value),
    )
    if entry.description and entry.description != entry.payee:
        facts += (named("description", entry.description),)
    note = work.uow.categories.note(work.user_id, entry.id)
    if note:
        facts += (named("note", note),)
    paper = read_kept(work.uow.categories.latest_note(work.user_id, entry.id, FIELD))
    if paper is not None:
        facts += (named("receipt", paper.shop or entry.payee),)
    options = ("show_entry.pending",) if entry.state is EntryState.PENDING else ()
    if len(entry.allocations) > 1:
        parts = tuple(
            Line((named("category", part.category), money("amount", part.amount)))
            for part in entry.allocations
        )
        return Answer("show_entry.split", facts, parts, options, subjects=(entry.handle,))
    bought = tuple(
        Line((named("item", item.name), money("amount", item.amount)), shape="show_entry.item_line")
        for item in (paper.items if paper is not None else ())
    )
    return Answer("show_entry.one", facts, bought, options, subjects=(entry.handle,))
