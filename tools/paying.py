"""Safe to spend: how much is really there until the next pay, and what it was held back for."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from core.bills.safe import Safe
from core.facts import Answer, Fact, FactKind, Line, day, money, named
from core.period import next_pay_day
from tools import names
from tools.bills import due_facts
from tools.context import ToolWork
from tools.spec import Arguments, tool


class SafeToSpend(Arguments):
    """How long it has to last."""

    period: str | None = Field(
        None, description="Days it has to last, canonical; until the next pay when left out"
    )


@tool()
def safe_to_spend(arguments: SafeToSpend, work: ToolWork) -> Answer:
    """Show what can be spent until the next pay: money at hand less the bills due before it."""
    balances = work.uow.accounts.balances(work.user_id)
    if not balances:
        return Answer("show_balances.none")
    is_today = _is_today(arguments.period, work)
    safe = reckoned(work, until=None if is_today else _end(arguments.period))
    facts = _facts(safe)
    lines = tuple(Line(due_facts(one), shape="safe_to_spend.held_line") for one in safe.held)
    shape = "safe_to_spend.left" if safe.paid_on else "safe_to_spend.left_until"
    if safe.left.minor < 0:
        shape = "safe_to_spend.short" if safe.paid_on else "safe_to_spend.short_until"
    elif is_today and any(one.name == "daily" for one in facts):
        shape = "safe_to_spend.today" if safe.paid_on else "safe_to_spend.today_until"
    options: tuple[str, ...] = ("safe_to_spend.nothing_held",)
    if safe.held:
        options = ("safe_to_spend.lowest",)
    if (arguments.period is None or is_today) and safe.paid_on is None:
        options += ("safe_to_spend.no_payday",)
    return Answer(shape, facts, lines, options)


def reckoned(work: ToolWork, *, until: date | None = None, currency: str | None = None) -> Safe:
    """Work out what is safe to spend, in the main currency if not said otherwise.

    The same figure wherever it is told.
    """
    return work.uow.safe.reckon(
        work.user_id,
        today=work.today,
        until=until,
        currency=currency or work.preferences.currency,
        is_bank_day=work.is_bank_day,
        pay_on=next_pay_day(work.preferences.calendar, work.today),
    ).safe


def _is_today(period: str | None, work: ToolWork) -> bool:
    """Tell whether it is this day's share that is asked for: the money has to last all the same."""
    if period is None:
        return False
    days = names.period(period)
    return days.start == days.last_day == work.today


def _end(period: str | None) -> date | None:
    return None if period is None else names.period(period).last_day + timedelta(days=1)


def _facts(safe: Safe) -> tuple[Fact, ...]:
    known = [one.as_of for one in safe.balances if one.as_of is not None]
    as_of = min(known) if known else None
    facts: tuple[Fact, ...] = (
        money("cash", safe.cash, as_of=as_of),
        money("held", safe.held_total),
        money("left", safe.left, as_of=as_of),
        money("lowest", safe.lowest),
        day("lowest_on", safe.lowest_on),
        day("until", safe.until - timedelta(days=1)),
    )
    if safe.paid_on is not None:
        facts += (day("payday", safe.paid_on),)
    if safe.payday is not None:
        facts += (named("payer", safe.payday.expected.name),)
    if safe.set_aside:
        facts += (money("set_aside", safe.set_aside),)
    if safe.days > 1 and safe.left.minor > 0:
        facts += (money("daily", safe.per_day), Fact("days", FactKind.DURATION, safe.days))
    return facts
