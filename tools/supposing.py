"""What if: a change played through without making it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Fact, count, day, money, named, percent
from core.insights.cash import Cash
from core.insights.expected import Expected
from core.insights.outlook import Outlook
from core.insights.suppose import largest_of, lowest, room, supposed, without_income
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money, to_decimal
from core.period import Grain, Period, months_later, period_of
from tools import names
from tools.affording import positive
from tools.context import ToolWork
from tools.looking_ahead import to_come
from tools.outcome import Unclear
from tools.spec import Arguments, tool

# A usual month is told by so many before this one.
_MONTHS = 6
_MOST_PERCENT = 1000


class PercentOutOfRange(FinanceError):
    """Nothing changes by no per cent, and by more than ten times nothing is played through."""

    code = "simulate.percent_out_of_range"


class SimulateChange(Arguments):
    """What is supposed to change, by how much, from when."""

    change: Literal["income_stops", "income_up", "income_down", "cost_up", "cost_down"] = Field(
        description="Regular income stops, or income or a cost goes up or down"
    )
    amount: str | None = Field(
        None, description="By how much each month, plain decimal; not needed when income stops"
    )
    percent: str | None = Field(
        None, description="Instead of an amount: by how many per cent, like '10'"
    )
    category: str | None = Field(None, description="Which cost: category slug, like rent")
    merchant: str | None = Field(None, description="Which cost or payer, by merchant")
    period: str | None = Field(None, description="When it begins; at once when left out")


@tool()
def simulate_change(arguments: SimulateChange, work: ToolWork) -> Answer:
    """Play through a change without making it: a lost job, a dearer rent, a raise.

    Tells how long the money lasts, or how the lowest day moves. Real data stays untouched.
    """
    if arguments.change == "income_stops":
        return _income_stops(arguments, work)
    if arguments.amount is None and arguments.percent is None:
        raise Unclear("amount", phrase="ask.change_amount")
    currency = work.preferences.currency
    cash = work.uow.insights.cash(work.user_id, currency=currency, today=work.today)
    if not cash.balances:
        return Answer("simulate_change.no_account")
    matching = _matching(arguments, work)
    amount = _by_how_much(arguments, cash, matching, work)
    if amount is None:
        return Answer("simulate_change.no_base", _about(arguments, work))
    worse = arguments.change in ("cost_up", "income_down")
    other = supposed(cash, -amount.minor if worse else amount.minor, matching)
    return _compared(cash, other, amount, arguments, work)


def _by_how_much(
    arguments: SimulateChange, cash: Cash, matching: Callable[[Expected], bool], work: ToolWork
) -> Money | None:
    """Return the change of each time: as told, or a part of what it is now; nothing to take it of.

    A cost that does not come back by the calendar is what a usual month of it came to.
    """
    if arguments.amount is not None:
        return positive(arguments.amount, cash.currency)
    part = _part(arguments.percent or "")
    largest = largest_of(cash, matching)
    base = abs(largest.minor) if largest is not None else _usual_month(arguments, cash, work)
    changed = round(base * part)
    return Money(changed, cash.currency) if changed > 0 else None


def _part(text: str) -> Fraction:
    """Read per cent above nought: "10", "7.5", "10%"."""
    value = to_decimal(text.replace("%", "").strip())
    if not 0 < value <= _MOST_PERCENT:
        raise PercentOutOfRange(most=_MOST_PERCENT)
    return Fraction(value) / 100


def _usual_month(arguments: SimulateChange, cash: Cash, work: ToolWork) -> int:
    """Return what was spent on the category or at the shop in a month, over the last half year."""
    if arguments.category is None and arguments.merchant is None:
        return 0
    last = period_of(Grain.MONTH, work.today, work.preferences.calendar).start
    months = Period(months_later(last, -_MONTHS), last)
    query = EntryQuery(months, Flow.SPEND, currency=cash.currency)
    if arguments.category is not None:
        query = replace(query, categories=names.categories(arguments.category))
    else:
        key = names.merchant_key(work, arguments.merchant or "")[0]
        query = replace(query, merchant_key=key)
    found = work.uow.entries.totals(work.user_id, query, GroupBy.NONE)
    return max(0, sum(one.minor for one in found)) // _MONTHS


def _income_stops(arguments: SimulateChange, work: ToolWork) -> Answer:
    currency = work.preferences.currency
    cash = work.uow.insights.cash(work.user_id, currency=currency, today=work.today, savings=True)
    if not cash.balances:
        return Answer("simulate_change.no_account")
    if not any(one.is_income for one in cash.recurring.expected):
        return Answer("simulate_change.no_income")
    since = _since(arguments.period, work)
    left = without_income(cash, since=since)
    facts: tuple[Fact, ...] = (
        money("cash", Money(left.money, currency)),
        money("burn", Money(left.burn, currency)),
        day("since", since),
    )
    if left.short_on is None or left.months is None:
        return Answer("simulate_change.lasts", facts, options=("simulate_change.untouched",))
    facts += (count("months", left.months), day("short_on", left.short_on))
    return Answer("simulate_change.runs_out", facts, options=("simulate_change.untouched",))


def _compared(
    now: Cash, other: Cash, amount: Money, arguments: SimulateChange, work: ToolWork
) -> Answer:
    before, after = lowest(now), lowest(other)
    facts: tuple[Fact, ...] = (
        money("amount", amount),
        named("change", f"change_{arguments.change}"),
        *_low_facts(before, "low_before", now.currency),
        *_low_facts(after, "low", now.currency),
        money("room_before", Money(room(now), now.currency)),
        money("room", Money(room(other), now.currency)),
    )
    facts += _about(arguments, work)
    if arguments.amount is None:
        facts += (percent("percent", to_decimal((arguments.percent or "").replace("%", ""))),)
    shape = "short" if after.low < 0 <= before.low else "moved"
    return Answer(f"simulate_change.{shape}", facts, options=("simulate_change.untouched",))


def _about(arguments: SimulateChange, work: ToolWork) -> tuple[Fact, ...]:
    """Return the cost or payer that is spoken of."""
    if arguments.category is not None:
        return (named("what", arguments.category),)
    if arguments.merchant is not None:
        return (named("what", names.merchant_key(work, arguments.merchant)[1]),)
    return ()


def _low_facts(ahead: Outlook, name: str, currency: str) -> tuple[Fact, ...]:
    return (
        money(name, Money(ahead.low, currency)),
        day(f"{name}_on", ahead.low_on),
    )


def _matching(arguments: SimulateChange, work: ToolWork) -> Callable[[Expected], bool]:
    """Return what tells whether something that comes back is what the user speaks of."""
    income = arguments.change.startswith("income")
    covered: frozenset[str] = frozenset()
    if arguments.category is not None:
        covered = names.categories(arguments.category)
    key = ""
    if arguments.merchant is not None:
        key = names.merchant_key(work, arguments.merchant)[0]

    def matches(one: Expected) -> bool:
        if key or covered:
            return one.merchant_key == key if key else one.category in covered
        return income and one.is_income

    return matches


def _since(text: str | None, work: ToolWork) -> date:
    if text is None:
        return work.today
    return max(work.today, to_come(names.period(text), work.today).start)
