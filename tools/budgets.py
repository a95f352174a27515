"""Budgets: show how they stand, set, pause, resume and delete them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from core.budgets.budget import Budget, BudgetDaysReversed, BudgetState, Cadence
from core.budgets.carry import Carry
from core.budgets.figures import carried_facts
from core.budgets.nesting import outermost
from core.budgets.progress import BudgetStatus, Progress
from core.conversation.plan import JsonValue
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, FactKind, Line, day, money, named, percent, span
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery
from core.money import Money, to_decimal
from core.period import Grain, period_of
from tools import names
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool

UNDO = (Choice("undo", "choice.undo"),)


class NoBudgetFor(FinanceError):
    """There is no budget on this category."""

    code = "budget.none_for"


class BudgetDayUnreadable(FinanceError):
    """The day is no date."""

    code = "budget.day_unreadable"


class ShowBudgets(Arguments):
    """Which budget, or all."""

    category: str | None = Field(None, description="Category slug; all budgets when left out")


@tool()
def show_budgets(arguments: ShowBudgets, work: ToolWork) -> Answer:
    """Show how budgets stand: spent, left, how much a day until the period ends, and the pace."""
    budgets = work.uow.budgets.of(work.user_id)
    if arguments.category is not None:
        return _one(arguments.category, budgets, work)
    if not budgets:
        return Answer("show_budgets.none")
    # What is over comes first: a short screen shows three.
    standing = sorted(_standing(work, *budgets), key=lambda one: one.left.minor >= 0)
    if len(standing) == 1:
        return _standing_answer(standing[0], work)
    lines = tuple(_line(item, work) for item in standing)
    active = [item for item in standing if item.budget.runs_on(work.today)]
    same = {(item.period, item.budget.limit.currency) for item in active}
    if len(same) != 1:
        return Answer("show_budgets.list_mixed", lines=lines)
    period, currency = same.pop()
    outer = outermost([item.budget.category for item in active])
    active = [item for item in active if item.budget.category in outer]
    left = Money(sum(item.left.minor for item in active), currency)
    facts: tuple[Fact, ...] = (
        money("left", left),
        money("limit", Money(sum(item.budget.limit.minor for item in active), currency)),
        span("period", period),
    )
    carried = sum(item.carried.minor for item in active)
    if carried:
        name = "carried" if carried > 0 else "short"
        facts += (money(name, Money(abs(carried), currency)),)
    if left.minor < 0:
        return Answer("show_budgets.list_over", (*facts, money("over", -left)), lines)
    return Answer("show_budgets.list", facts, lines)


def _one(category: str, budgets: tuple[Budget, ...], work: ToolWork) -> Answer:
    named_so = [item for item in budgets if item.category == category]
    if len(named_so) > 1:
        lines = tuple(_line(item, work) for item in _standing(work, *named_so))
        return Answer("show_budgets.list_mixed", lines=lines)
    chosen = next(iter(named_so), None)
    if chosen is None:
        chosen = work.uow.budgets.covering(work.user_id, category, work.today)
    if chosen is None:
        return _unlimited(category, work)
    return _standing_answer(_standing(work, chosen)[0], work)


def _unlimited(category: str, work: ToolWork) -> Answer:
    """Say what was spent this month on what has no budget: "food?" asks for that as well."""
    month = period_of(Grain.MONTH, work.today, work.preferences.calendar)
    query = EntryQuery(period=month, flow=Flow.SPEND, categories=names.categories(category))
    currency = work.preferences.currency
    spent = sum(
        one.minor
        for one in work.uow.entries.totals(work.user_id, query)
        if one.currency == currency
    )
    facts: tuple[Fact, ...] = (named("category", category), span("period", month))
    if spent:
        facts += (money("spent", Money(spent, currency)),)
    return Answer("show_budgets.none_for", facts)


def _standing(work: ToolWork, *budgets: Budget) -> tuple[Progress, ...]:
    calendar = work.preferences.calendar
    return work.uow.budgets.standing(budgets, today=work.today, calendar=calendar)


def _standing_answer(item: Progress, work: ToolWork) -> Answer:
    out = _out_of_time(item, work)
    if out:
        return Answer(f"show_budgets.{out}", _facts(item))
    if item.budget.state is BudgetState.PAUSED:
        return Answer("show_budgets.paused", _facts(item))
    if item.status is BudgetStatus.OVER:
        return Answer("show_budgets.over", _facts(item))
    options: tuple[str, ...] = ()
    facts = _facts(item)
    if item.projected is not None and item.status is BudgetStatus.AHEAD:
        over = item.projected - item.room
        facts += (money("projected", item.projected), money("projected_over", over))
        options = ("show_budgets.pace",)
    return Answer("show_budgets.one", facts, options=options)


def _out_of_time(item: Progress, work: ToolWork) -> str:
    """Return that a budget has not begun or is over; empty while it runs."""
    if work.today < item.budget.started_on:
        return "ahead"
    over = item.budget.ends_on is not None and item.budget.ends_on < work.today
    return "ended" if over else ""


def _line(item: Progress, work: ToolWork) -> Line:
    shape = ""
    out = _out_of_time(item, work)
    if out:
        shape = f"show_budgets.{out}_line"
    elif item.budget.state is BudgetState.PAUSED:
        shape = "show_budgets.paused_line"
    elif item.status is BudgetStatus.OVER:
        shape = "show_budgets.over_line"
    return Line(_facts(item), item.budget.handle, shape)


def _facts(item: Progress) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("category", item.budget.category),
        money("limit", item.budget.limit),
        money("spent", item.spent, label=item.period.canonical()),
        money("left", item.left),
        percent("used", item.percent_used),
        span("period", item.period),
        *carried_facts(item),
        day("starts", item.budget.started_on),
    )
    if item.budget.ends_on is not None:
        facts += (day("ends", item.budget.ends_on),)
    if item.left.minor < 0:
        facts += (money("over", -item.left),)
    elif item.days_left:
        facts += (money("daily", item.per_day_left), _days(item.days_left))
    return facts


def _days(number: int) -> Fact:
    return Fact("days", FactKind.DURATION, number)


def left_facts(work: ToolWork, category: str, on: date) -> tuple[Fact, ...]:
    """Return what is left of the budget an entry counts in: left, limit, budget, or how far over.

    Nothing when no budget covers it or the entry lies in another period.
    """
    budget = work.uow.budgets.covering(work.user_id, category, work.today)
    if budget is None:
        return ()
    item = _standing(work, budget)[0]
    if on not in item.period:
        return ()
    facts: tuple[Fact, ...] = (
        named("budget", budget.category),
        money("limit", item.budget.limit),
        *carried_facts(item),
    )
    if item.left.minor < 0:
        return (*facts, money("over", -item.left))
    facts += (money("left", item.left),)
    return (*facts, _days(item.days_left)) if item.days_left else facts


class SetBudget(Arguments):
    """How much for what, how often."""

    category: str = Field(description="Category slug")
    amount: str = Field(description="The limit, like '400'")
    cadence: Literal["weekly", "monthly", "annual"] | None = Field(
        None, description="How often; a month when left out, or once when it has days"
    )
    starts: str | None = Field(None, description="First day, ISO; today when left out")
    ends: str | None = Field(None, description="Last day, ISO; it goes on when left out")
    currency: str | None = Field(None, description="ISO code; the user's own when left out")


@tool(tier=Tier.REVERSIBLE, inverse=("budget_limit", "budget_state", "budget_days"))
def set_budget(arguments: SetBudget, work: ToolWork) -> Changed:
    """Set or change a budget on a category, for good or from one day to another.

    It counts the whole present period. One for a time stands beside the one that goes on.
    """
    wanted = _wanted(arguments, work)
    present = work.uow.budgets.on(work.user_id, wanted.category, dated=wanted.is_dated)
    before: tuple[Fact, ...] = ()
    if present is None:
        budget = work.uow.budgets.add(wanted, now=work.now)
        undo: tuple[Inverse, ...] = (
            Inverse("budget_state", {"budget": budget.id, "state": "deleted"}),
        )
    else:
        budget = _change(present, wanted, work)
        undo = _limit_back(present)
        before = (money("before", present.limit),)
    item = _standing(work, budget)[0]
    facts = (*_facts(item), named("cadence", f"cadence_{wanted.cadence.value}"), *before)
    if item.left.minor < 0:
        facts = tuple(fact for fact in facts if fact.name not in ("left", "spent"))
    shape = "once" if wanted.cadence is Cadence.ONCE else "dated" if wanted.is_dated else "set"
    if shape == "set" and wanted.started_on > work.today:
        shape = "later"
    return Changed(Answer(f"set_budget.{shape}", facts, choices=UNDO), undo)


def _wanted(arguments: SetBudget, work: ToolWork) -> Budget:
    """Return the budget that is asked for, not stored yet; raise when it cannot be."""
    category = names.one_category(arguments.category)
    starts, ends = _day(arguments.starts), _day(arguments.ends)
    if ends is not None and ends < work.today:
        raise BudgetDaysReversed(category=category)
    once = ends is not None and arguments.cadence is None
    return Budget(
        id=0,
        user_id=work.user_id,
        category=category,
        limit=Money.of(
            to_decimal(arguments.amount), arguments.currency or work.preferences.currency
        ),
        cadence=Cadence.ONCE if once else Cadence(arguments.cadence or "monthly"),
        state=BudgetState.ACTIVE,
        started_on=starts or work.today,
        ends_on=ends,
    )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BudgetDayUnreadable(text=text[:20] if text else "") from None


def _change(present: Budget, wanted: Budget, work: ToolWork) -> Budget:
    """Give a budget the limit, rhythm and days that are wanted; what it carried goes on."""
    carry = work.uow.budgets.carry_on(
        present, wanted.limit, wanted.cadence, today=work.today, calendar=work.preferences.calendar
    )
    budgets, user = work.uow.budgets, work.user_id
    budgets.set_limit(user, present.id, wanted.limit, wanted.cadence, carry)
    if wanted.is_dated or wanted.started_on > work.today:
        budgets.set_days(user, present.id, wanted.started_on, wanted.ends_on)
    elif present.started_on > work.today:
        budgets.set_days(user, present.id, work.today, None)
    return budgets.get(user, present.id)


def _limit_back(budget: Budget) -> tuple[Inverse, ...]:
    arguments = {
        "budget": budget.id,
        "minor": budget.limit.minor,
        "currency": budget.limit.currency,
        "cadence": budget.cadence.value,
        "carry": carry_json(budget.carry),
    }
    days = {
        "budget": budget.id,
        "starts": budget.started_on.isoformat(),
        "ends": budget.ends_on.isoformat() if budget.ends_on else None,
    }
    return (Inverse("budget_limit", arguments), Inverse("budget_days", days))


def carry_json(carry: Carry | None) -> JsonValue:
    """Return a carry as plain values, for what takes a change back."""
    if carry is None:
        return None
    return [carry.since.isoformat(), carry.limit_since.isoformat(), carry.granted]


def carry_from_json(value: JsonValue) -> Carry | None:
    """Read what `carry_json` wrote; nothing carries nothing."""
    if not isinstance(value, list):
        return None
    since, limit_since, granted = value
    return Carry(
        date.fromisoformat(str(since)), date.fromisoformat(str(limit_since)), int(str(granted))
    )


class BudgetChoice(Arguments):
    """Which budget."""

    category: str = Field(description="Category slug of the budget")


@tool(tier=Tier.REVERSIBLE, inverse=("budget_state",))
def pause_budget(arguments: BudgetChoice, work: ToolWork) -> Changed:
    """Pause a budget: it keeps its limit and stops warning."""
    return _set_state(arguments.category, BudgetState.PAUSED, "pause_budget.paused", work)


@tool(tier=Tier.REVERSIBLE, inverse=("budget_state",))
def resume_budget(arguments: BudgetChoice, work: ToolWork) -> Changed:
    """Let a paused budget run again."""
    return _set_state(arguments.category, BudgetState.ACTIVE, "resume_budget.resumed", work)


@tool(tier=Tier.REVERSIBLE, inverse=("budget_state",))
def delete_budget(arguments: BudgetChoice, work: ToolWork) -> Changed:
    """Delete a budget; the entries stay."""
    return _set_state(arguments.category, BudgetState.DELETED, "delete_budget.deleted", work)


def _set_state(category: str, state: BudgetState, shape: str, work: ToolWork) -> Changed:
    budget = work.uow.budgets.on(work.user_id, category)
    if budget is None:
        raise NoBudgetFor(category=category)
    if budget.state is state:
        nothing = f"{shape.partition('.')[0]}.nothing"
        return Changed(Answer(nothing, (named("category", category),)), ())
    facts = _facts(_standing(work, budget)[0])
    work.uow.budgets.set_state(work.user_id, budget.id, state)
    undo = Inverse("budget_state", {"budget": budget.id, "state": budget.state.value})
    return Changed(Answer(shape, facts, choices=UNDO), (undo,))


def restore_limit(
    work: ToolWork,
    *,
    budget: int,
    minor: int,
    currency: str,
    cadence: str,
    carry: JsonValue = None,
) -> None:
    """Undo: give a budget its old limit back, and how it was carried."""
    work.uow.budgets.set_limit(
        work.user_id, budget, Money(minor, currency), Cadence(cadence), carry_from_json(carry)
    )


def restore_days(work: ToolWork, *, budget: int, starts: str, ends: str | None) -> None:
    """Undo: let a budget count from and to the days it did before."""
    last = None if ends is None else date.fromisoformat(ends)
    work.uow.budgets.set_days(work.user_id, budget, date.fromisoformat(starts), last)


def restore_state(work: ToolWork, *, budget: int, state: str) -> None:
    """Undo: give a budget its old state back."""
    work.uow.budgets.set_state(work.user_id, budget, BudgetState(state))
