"""How figures that are no plain sum of entries came about: one way for each figure of a tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from core.budgets.nesting import outermost
from core.facts import Answer, Fact, Line, count, money, named
from core.ledger.search import GroupBy
from core.money import Money
from core.period import parse_canonical
from core.store.call_store import StoredCall
from tools.spending import stretches


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it was shown: the call that told it, and what stood beside it."""

    call: StoredCall
    answer: Answer
    fact: Fact
    amount: Money
    beside: Mapping[str, Fact]

    @property
    def figure(self) -> Fact:
        """The figure itself, as explanations name it."""
        return money("figure", self.amount, as_of=self.fact.as_of)

    def told(self, *wanted: str) -> tuple[Fact, ...]:
        """Return the figure and the facts beside it that a phrase may use."""
        return (self.figure, *(self.beside[name] for name in wanted if name in self.beside))


def _difference(shown: Shown) -> Answer:
    wanted = ("spent", "period", "other_spent", "other_period")
    return Answer("explain_figure.difference", shown.told(*wanted))


def _left(shown: Shown) -> Answer:
    if "category" not in shown.beside:
        return _together(shown)
    return Answer(
        "explain_figure.budget", shown.told("limit", "carried", "short", "spent", "period")
    )


def _limit(shown: Shown) -> Answer:
    if "category" not in shown.beside:
        return _together(shown)
    return Answer("explain_figure.limit", shown.told("category"))


def _daily(shown: Shown) -> Answer:
    return Answer("explain_figure.daily", shown.told("left", "days"))


def _pace(shown: Shown) -> Answer:
    return Answer("explain_figure.pace", shown.told("spent", "period"))


def _average(shown: Shown) -> Answer:
    by = GroupBy(shown.call.arguments.get("group_by", GroupBy.MONTH))
    if not shown.fact.label:
        return Answer("explain_figure.plain", (shown.figure,))
    parts = count("parts", stretches(parse_canonical(shown.fact.label), by))
    return Answer("explain_figure.average", (*shown.told("spent"), parts))


def _balance(shown: Shown) -> Answer:
    return Answer(f"explain_figure.{shown.fact.name}", shown.told("account"))


def _together(shown: Shown) -> Answer:
    """Show a total with the rows of the same answer that it adds up."""
    name = "balance" if shown.fact.name in _OF_BALANCES else shown.fact.name
    parts = [
        (line, fact)
        for line in _counted(shown)
        for fact in line.facts
        # What is in another currency counts by its value in the total's.
        if fact.name in (name, "value", *(("worth",) if name == "value" else ()))
        if isinstance(fact.value, Money)
        if fact.value.currency == shown.amount.currency and _is_part(shown, fact.value)
    ]
    if not parts:
        return Answer("explain_figure.balance", shown.told())
    lines = tuple(
        Line((replace(fact, name="part"), _title(line)), shape="explain_figure.together_line")
        for line, fact in parts
    )
    return Answer("explain_figure.together", shown.told(), lines)


def _counted(shown: Shown) -> tuple[Line, ...]:
    """Return the rows that a total counts: of budgets those that run, and one in another once."""
    lines = shown.answer.lines
    if shown.call.tool != "show_budgets":
        return lines
    running = [line for line in lines if line.shape in _RUNNING]
    category = {id(line): str(_fact(line, "category").value) for line in running}
    outer = outermost(category.values())
    return tuple(line for line in running if category[id(line)] in outer)


def _fact(line: Line, name: str) -> Fact:
    return next(fact for fact in line.facts if fact.name == name)


def _is_part(shown: Shown, part: Money) -> bool:
    """Tell whether a row adds to a total: what is owed is no part of what is owned."""
    name = shown.fact.name
    if name == "assets":
        return part.minor >= 0
    return part.minor < 0 if name == "debts" else True


def _title(line: Line) -> Fact:
    """Return what a row is of; the one row without a name stands for all investments."""
    for one in line.facts:
        if one.name in _TITLES:
            return replace(one, name="of")
    return named("of", "part_investments")


def _gain(shown: Shown) -> Answer:
    if "value" not in shown.beside or "cost" not in shown.beside:
        return Answer("explain_figure.plain", (shown.figure,))
    return Answer("explain_figure.gain", shown.told("value", "cost"))


def _paid(shown: Shown) -> Answer:
    return Answer("explain_figure.paid", shown.told())


def _outlook(shown: Shown) -> Answer:
    return Answer("explain_figure.outlook", shown.told("cash", "date"))


def _forecast(shown: Shown) -> Answer:
    return Answer("explain_figure.forecast", shown.told("spent", "due"))


def _monthly(shown: Shown) -> Answer:
    return Answer("explain_figure.monthly", shown.told("found"))


def _charged(shown: Shown) -> Answer:
    return Answer("explain_figure.charged", shown.told("name", "last"))


def _charged_before(shown: Shown) -> Answer:
    return Answer("explain_figure.charged_before", shown.told("name"))


_OF_BALANCES = frozenset({"total", "net_worth", "assets", "debts"})
_RUNNING = frozenset({"", "show_budgets.over_line"})
_TITLES = frozenset({"account", "category", "name"})
# By tool and name of the fact; "" stands for any tool.
WORKED_OUT: Mapping[tuple[str, str], Callable[[Shown], Answer]] = {
    ("show_spending", "difference"): _difference,
    ("show_spending", "average"): _average,
    ("explain_change", "difference"): _difference,
    ("show_budgets", "left"): _left,
    ("show_budgets", "over"): _left,
    ("show_budgets", "limit"): _limit,
    ("show_budgets", "daily"): _daily,
    ("show_budgets", "projected"): _pace,
    ("show_budgets", "projected_over"): _pace,
    ("", "balance"): _balance,
    ("", "available"): _balance,
    ("", "total"): _together,
    ("", "net_worth"): _together,
    ("", "assets"): _together,
    ("", "debts"): _together,
    ("show_portfolio", "value"): _together,
    ("show_portfolio", "gain"): _gain,
    ("show_portfolio", "cost"): _paid,
    ("forecast_balance", "expected"): _outlook,
    ("forecast_balance", "low"): _outlook,
    ("forecast_balance", "cash"): _balance,
    ("forecast_spending", "expected"): _forecast,
    ("forecast_spending", "low"): _forecast,
    ("forecast_spending", "high"): _forecast,
    ("list_subscriptions", "monthly"): _monthly,
    ("list_subscriptions", "amount"): _charged,
    ("list_subscriptions", "old_amount"): _charged_before,
}
