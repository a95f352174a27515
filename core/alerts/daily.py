"""The daily line: what was spent, what is due, which budgets are tight, what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.bills.standing import Due
from core.budgets.figures import carried_facts
from core.budgets.progress import BudgetStatus, Progress
from core.facts import Answer, Fact, Line, count, day, money, named
from core.ledger.account import Balance
from core.money import Money

DUE_DAYS = 3
# One screen: what does not fit is a question away.
MOST_LINES = 9
_TIGHT = frozenset({BudgetStatus.NEAR, BudgetStatus.OVER})


@dataclass(frozen=True, slots=True)
class Spending:
    """What one day came to: ``amounts`` one a currency, the user's own first."""

    on: date
    amounts: tuple[Money, ...]
    entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DayFacts:
    """Everything that the daily line is made from, read at one moment.

    ``yesterday`` is the day told about; ``today`` is what was spent since midnight.
    """

    today: Spending
    yesterday: Spending
    balances: tuple[Balance, ...]
    dues: tuple[Due, ...]
    budgets: tuple[Progress, ...]


def daily_summary(facts: DayFacts) -> Answer:
    """Return the daily line as facts: yesterday first, then today, due, budgets and balances.

    A day on which nothing happened has its own phrase, so that nothing is not written as 0.00.
    """
    lines = (*_due(facts), *budget_lines(facts.budgets), *_balances(facts))[:MOST_LINES]
    told = day("date", facts.yesterday.on)
    if not facts.yesterday.entry_ids:
        return Answer("summary.nothing", (told, *_today(facts)), lines)
    return Answer("summary.daily", (told, *_yesterday(facts), *_today(facts)), lines)


def _yesterday(facts: DayFacts) -> Iterator[Fact]:
    spending = facts.yesterday
    yield from _spent("spent", spending)
    yield count("rows", len(spending.entry_ids))


def _today(facts: DayFacts) -> Iterator[Fact]:
    if facts.today.entry_ids:
        yield from _spent("spent_today", facts.today)


def _spent(name: str, spending: Spending) -> Iterator[Fact]:
    """Give the first currency under ``name`` and each further one under ``other_<name>``."""
    for index, amount in enumerate(spending.amounts):
        yield money(
            name if index == 0 else f"other_{name}",
            amount,
            label=spending.on.isoformat(),
            rows=spending.entry_ids[:50],
            row_count=len(spending.entry_ids),
        )


def has_news(facts: DayFacts) -> bool:
    """Tell whether there is more to say than what is there: entries, something due or tight."""
    entries = (*facts.yesterday.entry_ids, *facts.today.entry_ids)
    return bool(entries) or any((*_due(facts), *budget_lines(facts.budgets)))


def _due(facts: DayFacts) -> Iterator[Line]:
    today = facts.today.on
    return due_lines(facts.dues, today, today + timedelta(days=DUE_DAYS))


def due_lines(dues: Iterable[Due], first: date, last: date) -> Iterator[Line]:
    """Give a line for each bill or trial that is due from ``first`` to ``last``."""
    for one in dues:
        if not one.open or one.expected.inflow or not first <= one.on <= last:
            continue
        name, due = named("name", one.expected.name), day("due", one.on)
        if one.expected.trial:
            # What it will cost is not known, and the trial's own price would be a false hint.
            yield Line((name, due), one.expected.subject, "summary.trial_line")
        else:
            amount = money("amount", one.amount)
            yield Line((name, amount, due), one.expected.subject, "summary.due_line")


def budget_lines(budgets: Iterable[Progress]) -> Iterator[Line]:
    """Give a line for each budget that is tight or over."""
    for one in budgets:
        if one.status not in _TIGHT:
            continue
        head = (
            named("category", one.budget.category),
            money("limit", one.budget.limit),
            *carried_facts(one),
        )
        if one.status is BudgetStatus.OVER:
            over = money("over", -one.left)
            yield Line((*head, over), one.budget.handle, "summary.budget_over_line")
        else:
            left = money("left", one.left)
            yield Line((*head, left), one.budget.handle, "summary.budget_line")


def _balances(facts: DayFacts) -> Iterator[Line]:
    for one in facts.balances:
        yield Line(
            (
                named("account", one.account.name),
                money("balance", one.posted, label=one.account.name, as_of=one.as_of),
            ),
            one.account.handle,
            "summary.balance_line",
        )
