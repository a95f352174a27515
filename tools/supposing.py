"""What if: a change played through without making it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

from pydantic import Field

from core.facts import Answer, Fact, count, day, money, named
from core.insights.cash import Cash
from core.insights.expected import Expected
from core.insights.outlook import Outlook
from core.insights.suppose import lowest, room, supposed, without_income
from core.money import Money
from tools import names
from tools.affording import positive
from tools.context import ToolWork
from tools.looking_ahead import to_come
from tools.outcome import Unclear
from tools.spec import Arguments, tool


class SimulateChange(Arguments):
    """What is supposed to change, by how much, from when."""

    change: Literal["income_stops", "income_up", "income_down", "cost_up", "cost_down"] = Field(
        description="Regular income stops, or income or a cost goes up or down"
    )
    amount: str | None = Field(
        None, description="By how much each month, plain decimal; not needed when income stops"
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
    if arguments.amount is None:
        raise Unclear("amount", phrase="ask.change_amount")
    currency = work.preferences.currency
    amount = positive(arguments.amount, currency)
    cash = work.uow.insights.cash(work.user_id, currency=currency, today=work.today)
    if not cash.balances:
        return Answer("simulate_change.no_account")
    worse = arguments.change in ("cost_up", "income_down")
    change = -amount.minor if worse else amount.minor
    other = supposed(cash, change, _matching(arguments, work))
    return _compared(cash, other, arguments, work)


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


def _compared(now: Cash, other: Cash, arguments: SimulateChange, work: ToolWork) -> Answer:
    before, after = lowest(now), lowest(other)
    facts: tuple[Fact, ...] = (
        money("amount", positive(arguments.amount or "0", now.currency)),
        named("change", f"change_{arguments.change}"),
        *_low_facts(before, "low_before", now.currency),
        *_low_facts(after, "low", now.currency),
        money("room_before", Money(room(now), now.currency)),
        money("room", Money(room(other), now.currency)),
    )
    if arguments.category is not None:
        facts += (named("what", arguments.category),)
    elif arguments.merchant is not None:
        facts += (named("what", names.merchant_key(work, arguments.merchant)[1]),)
    shape = "short" if after.low < 0 <= before.low else "moved"
    return Answer(f"simulate_change.{shape}", facts, options=("simulate_change.untouched",))


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
