"""How things stand, in one line: the accounts, the tightest budget, what waits for a word."""

from __future__ import annotations

from core.budgets.figures import carried_facts
from core.budgets.progress import Progress
from core.facts import Answer, Fact, count, money, named
from tools.balances import oldest, whole_of
from tools.context import ToolWork
from tools.spec import Arguments, tool


class ShowStatus(Arguments):
    """No arguments: it is about everything."""


@tool()
def show_status(_arguments: ShowStatus, work: ToolWork) -> Answer:
    """Show in one line how things stand: "?", "status", "how am i doing"."""
    balances = work.uow.accounts.balances(work.user_id)
    if not balances:
        return Answer("show_balances.none")
    whole, others = whole_of(balances, work)
    facts: tuple[Fact, ...] = (money("total", whole, as_of=oldest(balances)),)
    if others:
        facts += (count("others", others),)
    return Answer("show_status.line", (*facts, *_tightest(work), *_waiting(work)))


def _tightest(work: ToolWork) -> tuple[Fact, ...]:
    """Return the budget that is used up furthest: what is left of it, or how far it is over."""
    active = work.uow.budgets.running(work.user_id, work.today)
    calendar = work.preferences.calendar
    standing = work.uow.budgets.standing(active, today=work.today, calendar=calendar)
    if not standing:
        return ()
    item: Progress = max(standing, key=lambda one: one.percent_used)
    facts: tuple[Fact, ...] = (named("category", item.budget.category),)
    if item.left.minor < 0:
        return (*facts, money("over", -item.left))
    limit = money("limit", item.budget.limit)
    return (*facts, money("left", item.left), limit, *carried_facts(item))


def _waiting(work: ToolWork) -> tuple[Fact, ...]:
    waiting = len(work.uow.approvals.open_for(work.user_id, now=work.now))
    return (count("waiting", waiting),) if waiting else ()
