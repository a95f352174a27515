"""The week told: what it came to beside the one before, what is ahead, what was held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from core.alerts.alert import Alert, AlertState
from core.alerts.daily import budget_lines, due_lines
from core.bills.standing import Due
from core.budgets.progress import Progress
from core.facts import Answer, Fact, Line, count, money, named, span
from core.money import Money
from core.period import Period

AHEAD_DAYS = 7
_CATEGORIES = 3
MOST_LINES = 9


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """Everything that the recap is made from, read at one moment.

    ``spent`` and ``before`` are what this week and the one before came to in the user's currency,
    ``others`` this week's sums in further currencies; ``categories`` the largest of it by slug.
    ``held`` is what was held back in the week, ``waiting`` what of it is told now.
    """

    period: Period
    spent: Money
    before: Money
    income: Money
    others: tuple[Money, ...]
    rows: int
    rows_before: int
    categories: tuple[tuple[str, Money], ...]
    dues: tuple[Due, ...]
    budgets: tuple[Progress, ...]
    held: tuple[Alert, ...]
    waiting: tuple[Alert, ...]


def weekly_recap(facts: WeekFacts) -> Answer:
    """Return the recap as facts: sums, the largest categories, what is due and what is tight."""
    lines = (*_waiting(facts), *_categories(facts), *_ahead(facts))[:MOST_LINES]
    options = ("recap.held",) if facts.held else ()
    return Answer(f"recap.{_shape(facts)}", (*_sums(facts), *_held(facts)), lines, options)


def told_in_words(facts: WeekFacts) -> Answer | None:
    """Return the part of the recap that sentences may stand for; nothing where none was spent."""
    if not facts.rows:
        return None
    return Answer(f"recap.{_shape(facts)}", tuple(_sums(facts)), tuple(_categories(facts)))


def beside_words(facts: WeekFacts) -> Answer:
    """Return the rest of the recap: what is told late, what is due, what is tight, what was held.

    What was held back is told, and what is ahead is listed, in the same words each week.
    """
    lines = (*_waiting(facts), *_ahead(facts))[:MOST_LINES]
    recap = weekly_recap(facts)
    return replace(recap, lines=lines)


def is_empty(facts: WeekFacts) -> bool:
    """Tell whether there is nothing to say: no entry, nothing due, nothing held back."""
    return not facts.rows and not facts.held and not any(_ahead(facts))


def _shape(facts: WeekFacts) -> str:
    if not facts.rows:
        return "nothing"
    if not facts.rows_before:
        return "first"
    if facts.spent == facts.before:
        return "same"
    return "more" if facts.spent > facts.before else "less"


def _sums(facts: WeekFacts) -> Iterator[Fact]:
    yield span("period", facts.period)
    if not facts.rows:
        return
    yield money("spent", facts.spent, label=facts.period.canonical())
    yield count("rows", facts.rows)
    if facts.income.minor:
        yield money("income", facts.income)
    if facts.others:
        yield money("other_spent", facts.others[0])
    if facts.rows_before and facts.spent != facts.before:
        yield money("difference", abs(facts.spent - facts.before))


def _held(facts: WeekFacts) -> Iterator[Fact]:
    """Account for what was held back: told later, over by itself, muted; the rest still waits."""
    if not facts.held:
        return
    yield count("held", len(facts.held))
    states = [one.state for one in facts.held]
    told = states.count(AlertState.RAISED) + len(facts.waiting)
    for name, number in (
        ("told", told),
        ("over", states.count(AlertState.LAPSED)),
        ("muted", states.count(AlertState.MUTED)),
    ):
        if number:
            yield count(name, number)


def _waiting(facts: WeekFacts) -> Iterator[Line]:
    for one in facts.waiting:
        yield Line(one.facts, one.subject, one.answer.shape)


def _categories(facts: WeekFacts) -> Iterator[Line]:
    for slug, amount in facts.categories[:_CATEGORIES]:
        if amount.minor > 0:
            yield Line((named("category", slug), money("spent", amount)), "", "recap.category_line")


def _ahead(facts: WeekFacts) -> Iterator[Line]:
    today = facts.period.end
    yield from due_lines(facts.dues, today, today + timedelta(days=AHEAD_DAYS - 1))
    yield from budget_lines(facts.budgets)
