"""Why a figure changed: parts that add up to the difference, and what moved the balance since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from core.facts import Answer, Fact, Line, count, day, money, named, percent, span
from core.facts_json import answer_from_json
from core.insights.contributions import (
    Amounts,
    Contribution,
    Explanation,
    by_group,
    contributions,
    explain,
    visits_and_price,
)
from core.ledger.search import EntryQuery, GroupBy, Total
from core.money import Money
from core.period import Grain, Period, period_of
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool
from tools.spending import ShowSpending, spending_query

_TURNS_BACK = 6
_ROWS = 50
_ASKED = ("period", "category", "merchant", "account", "compare_to", "flow")


class ExplainChange(Arguments):
    """Which sum, over which days, against which others."""

    period: str | None = Field(
        None, description="Days asked about; those of the last answer, or this month so far"
    )
    compare_to: str | None = Field(
        None, description="Days to compare with; the same stretch just before when left out"
    )
    category: str | None = Field(None, description="Category slug, primary or detailed")
    merchant: str | None = Field(None, description="Merchant's name or key")
    account: str | None = Field(None, description="Account's name or handle")
    by: Literal["category", "merchant"] | None = Field(
        None, description="What the parts are; merchants when one category is asked about"
    )
    flow: Literal["spend", "income"] = Field("spend", description="Money out or money in")


@tool()
def explain_change(arguments: ExplainChange, work: ToolWork) -> Answer:
    """Explain why spending (or income) went up or down: the parts add up to the difference.

    Use this for "why did food go up" and "why so much more"; show_spending only compares sums.
    """
    arguments = _as_asked_before(arguments, work)
    asked = ShowSpending(
        period=arguments.period or _month_so_far(work).canonical(),
        category=arguments.category,
        merchant=arguments.merchant,
        account=arguments.account,
        flow=arguments.flow,
    )
    query = replace(spending_query(asked, work), currency=work.preferences.currency)
    assert query.period is not None
    before = query.over(_before(arguments, query.period, work))
    facts = _head(query, before, arguments, work)
    if arguments.merchant is not None:
        return _at_one_merchant(query, before, facts, work)
    by = _by(arguments)
    now, then = (_sums(one, by, work) for one in (query, before))
    return _told(explain(contributions(now, then)), facts, query, by)


class ShowChanges(Arguments):
    """Since when."""

    period: str | None = Field(
        None, description="Days to look at, as 'from..to'; yesterday and today when left out"
    )
    account: str | None = Field(None, description="One account's name or handle; all if left out")


@tool()
def show_changes(arguments: ShowChanges, work: ToolWork) -> Answer:
    """Tell what changed the balance since a day: the named rows and the rest add up to it.

    Counts posted entries of accounts in the user's main currency; moves between them cancel out.
    """
    period = _days_to_now(arguments.period, work)
    base = work.preferences.currency
    chosen = None if arguments.account is None else names.account(work, arguments.account)
    accounts = [
        one.account
        for one in work.uow.accounts.balances(work.user_id)
        if one.account.currency == (chosen.currency if chosen else base)
        and (chosen is None or one.account.id == chosen.id)
    ]
    if not accounts:
        return Answer("show_changes.none")
    currency = accounts[0].currency
    ids = frozenset(int(one.id) for one in accounts)
    before = period.start - timedelta(days=1)
    opening, closing = (
        sum(work.uow.entries.balance_on(work.user_id, one.id, on).minor for one in accounts)
        for on in (before, period.last_day)
    )
    moved = by_group(
        (one.merchant_key or one.payee, one.payee, one.minor, one.entry_id)
        for one in work.uow.movements.booked(work.user_id, period, pending=False)
        if one.account_id in ids
    )
    told = explain(contributions(moved, {}))
    assert told.difference == closing - opening
    facts: tuple[Fact, ...] = (
        money("balance", Money(closing, currency)),
        money("before", Money(opening, currency)),
        money("difference", Money(told.difference, currency)),
        day("since", period.start),
    )
    if chosen is not None:
        facts += (named("account", chosen.name),)
    return _journal(told, facts, currency)


def _journal(told: Explanation, facts: tuple[Fact, ...], currency: str) -> Answer:
    if not told.named:
        return Answer("show_changes.same", facts)
    lines = tuple(
        Line(
            (
                named("payee", part.label),
                money("amount", Money(part.minor, currency), rows=part.now.entry_ids[:_ROWS]),
                count("rows", part.now.rows),
            ),
            shape="show_changes.several_line" if part.now.rows > 1 else "",
        )
        for part in told.named
    )
    options: tuple[str, ...] = ()
    if told.others:
        facts += (money("rest", Money(told.rest, currency)), count("others", told.others))
        options = ("show_changes.rest",)
    return Answer(f"show_changes.{_way(told.difference)}", facts, lines, options)


def _way(difference: int) -> str:
    if difference == 0:
        return "even"
    return "up" if difference > 0 else "down"


def _days_to_now(text: str | None, work: ToolWork) -> Period:
    """Return the days asked about up to today: "since Monday" ends now, whatever was read."""
    if text is None:
        return Period(work.today - timedelta(days=1), work.today + timedelta(days=1))
    asked = names.period(text)
    start = min(asked.start, work.today)
    return Period(start, work.today + timedelta(days=1))


def _month_so_far(work: ToolWork) -> Period:
    month = period_of(Grain.MONTH, work.today, work.preferences.calendar)
    return month.to_date(work.today)


def _as_asked_before(arguments: ExplainChange, work: ToolWork) -> ExplainChange:
    """Take over what the last sum was about, when this question names nothing of its own."""
    if any((arguments.period, arguments.category, arguments.merchant, arguments.account)):
        return arguments
    for turn in work.uow.turns.of(work.conversation_id, limit=_TURNS_BACK):
        for call in reversed(work.uow.calls.of_turn(turn["id"])):
            if call.outcome == "done" and call.tool in ("show_spending", "explain_change"):
                return _taken_over(arguments, call.arguments, call.result)
    return arguments


def _taken_over(
    arguments: ExplainChange, asked: Mapping[str, Any], result: Mapping[str, Any]
) -> ExplainChange:
    """Use the days that were shown, so that the difference explained is the one that was told."""
    shown = {fact.name: fact.value for fact in answer_from_json(result["answer"]).facts}
    old = {name: asked[name] for name in _ASKED if asked.get(name) is not None}
    for argument, fact in (("period", "period"), ("compare_to", "other_period")):
        value = shown.get(fact)
        if isinstance(value, Period) and value.days:
            old[argument] = value.canonical()
    own = {name: value for name, value in arguments.model_dump().items() if value is not None}
    return ExplainChange.model_validate({**own, **old})


def _before(arguments: ExplainChange, period: Period, work: ToolWork) -> Period:
    if arguments.compare_to is None or arguments.compare_to == "previous":
        return period.to_date(work.today).previous() if work.today in period else period.previous()
    return names.period(arguments.compare_to)


def _by(arguments: ExplainChange) -> GroupBy:
    if arguments.by is not None:
        return GroupBy(arguments.by)
    one_thing = arguments.category is not None or arguments.flow == "income"
    return GroupBy.MERCHANT if one_thing else GroupBy.CATEGORY


def _sums(query: EntryQuery, by: GroupBy, work: ToolWork) -> dict[str, Amounts]:
    return {
        one.key: Amounts(one.label or one.key, one.minor, one.rows)
        for one in work.uow.entries.totals(work.user_id, query, by)
    }


def _whole(query: EntryQuery, work: ToolWork) -> Total:
    found = work.uow.entries.totals(work.user_id, query)
    assert query.currency is not None
    return found[0] if found else Total("", "", query.currency, 0, 0)


def _head(
    query: EntryQuery, before: EntryQuery, arguments: ExplainChange, work: ToolWork
) -> tuple[Fact, ...]:
    now, then = _whole(query, work), _whole(before, work)
    assert query.period is not None
    assert before.period is not None
    facts: tuple[Fact, ...] = (
        money("spent", Money(now.minor, now.currency), label=query.period.canonical()),
        money("other_spent", Money(then.minor, then.currency), label=before.period.canonical()),
        money("difference", Money(now.minor - then.minor, now.currency)),
        span("period", query.period),
        span("other_period", before.period),
    )
    if then.minor > 0:
        facts += (percent("change", _per_cent(now.minor - then.minor, then.minor)),)
    for name in ("category", "account"):
        value = getattr(arguments, name)
        if value is not None:
            facts += (named(name, _shown_name(name, value, work)),)
    if arguments.merchant is not None:
        facts += (named("merchant", names.merchant_key(work, arguments.merchant)[1]),)
    return facts


def _per_cent(part: int, whole: int) -> Decimal:
    return Decimal(part * 1000 // whole) / 10


def _shown_name(kind: str, value: str, work: ToolWork) -> str:
    return names.account(work, value).name if kind == "account" else value


def _told(told: Explanation, facts: tuple[Fact, ...], query: EntryQuery, by: GroupBy) -> Answer:
    assert query.currency is not None
    if not told.named:
        return Answer("explain_change.same", facts)
    lines = tuple(_part_line(part, query.currency, by) for part in told.named)
    options: tuple[str, ...] = ()
    if told.others:
        rest = money("rest", Money(told.rest, query.currency))
        facts += (rest, count("others", told.others))
        options = (f"explain_change.rest_{_way(told.rest)}",)
    return Answer(f"explain_change.{_way(told.difference)}", facts, lines, options)


def _part_line(part: Contribution, currency: str, by: GroupBy) -> Line:
    facts = (
        named("group", part.key if by is GroupBy.CATEGORY else part.label),
        money("part", Money(part.minor, currency)),
        money("spent", Money(part.now.minor, currency), row_count=part.now.rows),
        money("other_spent", Money(part.then.minor, currency), row_count=part.then.rows),
    )
    if not part.then.minor:
        return Line(facts, shape="explain_change.new_line")
    if not part.now.minor:
        return Line(facts, shape="explain_change.gone_line")
    return Line(facts, shape=f"explain_change.{_way(part.minor)}_line")


def _at_one_merchant(
    query: EntryQuery, before: EntryQuery, facts: tuple[Fact, ...], work: ToolWork
) -> Answer:
    """Split a difference at one shop into more visits and dearer ones."""
    now, then = _whole(query, work), _whole(before, work)
    difference = now.minor - then.minor
    shape = f"explain_change.{_way(difference)}" if difference else "explain_change.same"
    split = visits_and_price(Amounts("", now.minor, now.rows), Amounts("", then.minor, then.rows))
    if split is None or not difference:
        return Answer(f"{shape}_alone" if difference else shape, facts)
    lines = (
        Line(
            (
                money("part", Money(split.visits, now.currency)),
                count("visits", now.rows),
                count("visits_before", then.rows),
            ),
            shape=f"explain_change.visits_{_way(split.visits)}_line",
        ),
        Line(
            (money("part", Money(split.price, now.currency)),),
            shape=f"explain_change.price_{_way(split.price)}_line",
        ),
    )
    shown = tuple(
        line for line, minor in zip(lines, (split.visits, split.price), strict=True) if minor
    )
    return Answer(shape, facts, shown)
