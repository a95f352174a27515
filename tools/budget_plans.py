"""Around budgets: when to warn, what is moved and carried, what would suit, 50/30/20."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from pydantic import Field

from core.budgets.budget import Budget, BudgetNotCarried, BudgetState, Cadence, period_on
from core.budgets.carry import begun
from core.budgets.cover import check_cover
from core.budgets.figures import carried_facts
from core.budgets.progress import Progress
from core.budgets.split import Share, split
from core.budgets.suggest import MONTHS_LOOKED_AT, suggestions
from core.categories.scheme import category as scheme_category
from core.conversation.plan import JsonValue
from core.facts import Answer, Choice, Fact, Line, count, day, money, named, percent, span
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.money import Money, to_decimal
from core.period import Grain, Period, months_later, period_of
from tools import names
from tools.budgets import NoBudgetFor, carry_from_json, carry_json
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool

UNDO = (Choice("undo", "choice.undo"),)


class SetBudgetAlert(Arguments):
    """Which budget, and when to warn."""

    category: str = Field(description="Category slug of the budget")
    percent: int = Field(description="Per cent of the limit at which to warn, 1 to 99", ge=1, le=99)


@tool(tier=Tier.REVERSIBLE, inverse=("budget_warning",))
def set_budget_alert(arguments: SetBudgetAlert, work: ToolWork) -> Changed:
    """Set at which part of a budget the user is warned; told once in a period."""
    budget = _active(arguments.category, work)
    work.uow.budgets.set_warning(work.user_id, budget.id, arguments.percent)
    item = _standing(work, budget)
    facts = (
        named("category", budget.category),
        percent("mark", to_decimal(arguments.percent)),
        money("limit", item.budget.limit),
        percent("used", item.percent_used),
        *carried_facts(item),
    )
    undo = Inverse("budget_warning", {"budget": budget.id, "percent": budget.warn_percent})
    return Changed(Answer("set_budget_alert.set", facts, choices=UNDO), (undo,))


class CoverBudget(Arguments):
    """From which budget to which, how much."""

    category: str = Field(description="Category slug of the budget that gets the money")
    source: str = Field(description="Category slug of the budget it is taken from")
    amount: str | None = Field(None, description="How much; what it is over when left out")


@tool(tier=Tier.REVERSIBLE, inverse=("budget_cover",))
def cover_budget(arguments: CoverBudget, work: ToolWork) -> Changed:
    """Move room from one budget to another for the present period; the sum stays the same."""
    target, source = _active(arguments.category, work), _active(arguments.source, work)
    into, out = _standing(work, target), _standing(work, source)
    currency = target.limit.currency
    amount = -into.left
    if arguments.amount is not None:
        amount = Money.of(to_decimal(arguments.amount), currency)
    check_cover(amount, into, out)
    number = work.uow.budgets.cover(source, target, amount, on=work.today, now=work.now)
    into, out = _standing(work, target), _standing(work, source)
    facts: tuple[Fact, ...] = (
        named("category", target.category),
        named("source", source.category),
        money("amount", amount),
        money("limit", into.budget.limit),
        money("source_limit", out.budget.limit),
        money("source_left", out.left),
        money("over", -into.left) if into.left.minor < 0 else money("left", into.left),
        *carried_facts(into),
    )
    undo = Inverse("budget_cover", {"cover": number})
    return Changed(Answer("cover_budget.covered", facts, choices=UNDO), (undo,))


class CarryBudget(Arguments):
    """Which budget, and whether what is left goes on."""

    category: str = Field(description="Category slug of the budget")
    carry: Literal["on", "off"] = Field("on", description="Off: each period starts anew")


@tool(tier=Tier.REVERSIBLE, inverse=("budget_carry",))
def carry_budget(arguments: CarryBudget, work: ToolWork) -> Changed:
    """Carry what a budget leaves, or what was overspent, into its next period; or stop that."""
    budget = _active(arguments.category, work)
    wanted = arguments.carry == "on"
    if budget.cadence is Cadence.ONCE:
        raise BudgetNotCarried(category=budget.category)
    if wanted is (budget.carry is not None):
        shape = "carry_budget.already" if wanted else "carry_budget.not_carried"
        return Changed(Answer(shape, (named("category", budget.category),)), ())
    dropped = carried_facts(_standing(work, budget))
    period = period_on(budget, work.today, work.preferences.calendar)
    work.uow.budgets.set_carry(work.user_id, budget.id, begun(period) if wanted else None)
    item = _standing(work, budget)
    facts: tuple[Fact, ...] = (
        named("category", budget.category),
        money("limit", item.budget.limit),
        money("over", -item.left) if item.left.minor < 0 else money("left", item.left),
        day("next", item.period.end),
        *dropped,
    )
    undo = Inverse("budget_carry", {"budget": budget.id, "carry": carry_json(budget.carry)})
    shape = "carry_budget.on" if wanted else "carry_budget.off"
    return Changed(Answer(shape, facts, choices=UNDO), (undo,))


class SuggestBudgets(Arguments):
    """For which category, or all."""

    category: str | None = Field(None, description="Category slug; all usual ones when left out")


@tool()
def suggest_budgets(arguments: SuggestBudgets, work: ToolWork) -> Answer:
    """Suggest monthly limits: the median of the last six months for each category, rounded up."""
    months = _full_months(work)
    by_month = _spent_by_month(work, months)
    found = suggestions(by_month)
    if arguments.category is not None:
        wanted = scheme_category(arguments.category).primary
        found = tuple(one for one in found if one.category == wanted)
    if not found:
        return Answer("suggest_budgets.none")
    lines = tuple(
        Line(
            (
                named("category", one.category),
                money("limit", one.limit),
                money("usual", one.usual),
            )
        )
        for one in found
    )
    facts = (count("months", len(months)), *lines[0].facts)
    return Answer("suggest_budgets.list", facts, lines)


class ShowSplit(Arguments):
    """Which days."""

    period: str | None = Field(None, description="Canonical; the last full month when left out")


@tool()
def show_split(arguments: ShowSplit, work: ToolWork) -> Answer:
    """Show needs, wants and savings as shares of income, beside the 50/30/20 rule of thumb."""
    calendar = work.preferences.calendar
    period = period_of(Grain.MONTH, work.today, calendar).previous()
    if arguments.period is not None:
        period = names.period(arguments.period)
    currency = work.preferences.currency
    income = _sum(work, EntryQuery(period, Flow.INCOME, currency=currency))
    spent = work.uow.entries.totals(
        work.user_id, EntryQuery(period, Flow.SPEND, currency=currency), GroupBy.CATEGORY
    )
    shares = split(income, [(one.key, Money(one.minor, currency)) for one in spent])
    facts = (span("period", period), money("income", income))
    if not shares:
        return Answer("show_split.no_income", facts)
    return Answer("show_split.shares", facts, tuple(_share_line(one) for one in shares))


def _share_line(one: Share) -> Line:
    facts = (
        named("part", f"part_{one.part}"),
        money("amount", one.amount),
        percent("share", one.percent),
        percent("rule", to_decimal(one.rule)),
        money("at_rule", one.at_rule),
    )
    return Line(facts)


def _sum(work: ToolWork, query: EntryQuery) -> Money:
    totals = work.uow.entries.totals(work.user_id, query)
    return Money(sum(one.minor for one in totals), work.preferences.currency)


def _full_months(work: ToolWork) -> list[Period]:
    first = work.today.replace(day=1)
    starts = [months_later(first, -back) for back in range(MONTHS_LOOKED_AT, 0, -1)]
    return [Period(start, months_later(start, 1), Grain.MONTH) for start in starts]


def _spent_by_month(work: ToolWork, months: list[Period]) -> dict[str, list[Money]]:
    currency = work.preferences.currency
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * len(months))
    for step, month in enumerate(months):
        query = EntryQuery(month, Flow.SPEND, currency=currency)
        for one in work.uow.entries.totals(work.user_id, query, GroupBy.CATEGORY):
            sums[scheme_category(one.key).primary][step] += one.minor
    return {slug: [Money(minor, currency) for minor in minors] for slug, minors in sums.items()}


def _active(category: str, work: ToolWork) -> Budget:
    budget = work.uow.budgets.on(work.user_id, category)
    budget = budget or work.uow.budgets.covering(work.user_id, category, work.today)
    if budget is None or budget.state is not BudgetState.ACTIVE:
        raise NoBudgetFor(category=category)
    return budget


def _standing(work: ToolWork, budget: Budget) -> Progress:
    fresh = work.uow.budgets.get(work.user_id, budget.id)
    return work.uow.budgets.standing(
        (fresh,), today=work.today, calendar=work.preferences.calendar
    )[0]


def restore_warning(work: ToolWork, *, budget: int, percent: int) -> None:
    """Undo: warn where it was before."""
    work.uow.budgets.set_warning(work.user_id, budget, percent)


def restore_cover(work: ToolWork, *, cover: int) -> None:
    """Undo: the room goes back where it was."""
    work.uow.budgets.uncover(work.user_id, cover)


def restore_carry(work: ToolWork, *, budget: int, carry: JsonValue) -> None:
    """Undo: carry as before, or not."""
    work.uow.budgets.set_carry(work.user_id, budget, carry_from_json(carry))
