"""What is worth knowing right now, and putting one of it away for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from pydantic import Field

from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Choice, Line, count
from core.insights.feed import Insight, Seen, feed
from core.insights.milestone import Kept
from core.ledger.entry import Flow
from core.ledger.search import EntryQuery, GroupBy
from core.period import Grain, Period, period_of
from core.reports.worth import Worth
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Arguments, Tier, tool

# A month's saving is held against so many before it.
_MONTHS_BEFORE = 3
_A_MONTH = timedelta(days=30)
_MOST_NUMBER = 30


class NothingToPutAway(FinanceError):
    """Nothing is worth knowing right now, or nothing under that number or name."""

    code = "insight.not_told"


class ShowInsights(Arguments):
    """No arguments: whatever is worth knowing."""


@tool()
def show_insights(_arguments: ShowInsights, work: ToolWork) -> Answer:
    """Tell what is worth knowing now: tight days ahead, odd charges, what jumped, idle money.

    Also what was kept of the last month's income, and a round net worth that was passed. What
    the user has put away is not told again.
    """
    seen = _seen(work)
    if not seen.cash.balances and not seen.changes:
        return Answer("show_insights.empty")
    found = _told(seen, work)
    if not found:
        return Answer("show_insights.none")
    lines = tuple(Line(one.facts, one.subject, f"show_insights.{one.kind}_line") for one in found)
    subjects = tuple(one.subject for one in found if one.subject)
    return Answer(
        "show_insights.list",
        (count("found", len(found)),),
        lines,
        choices=(Choice("dismiss that", "choice.put_away"),),
        subjects=subjects,
    )


class DismissInsight(Arguments):
    """Which one."""

    insight: str | None = Field(
        None, description="Its number in the list or its key; left out when there is one only"
    )
    category: str | None = Field(None, description="Or the category it is about, as a slug")
    merchant: str | None = Field(None, description="Or the shop it is about")


@tool(tier=Tier.REVERSIBLE, inverse=("insight_back",))
def dismiss_insight(arguments: DismissInsight, work: ToolWork) -> Changed:
    """Put one thing that was worth knowing away: it is not told again, here or by itself."""
    one = _meant(arguments, _told(_seen(work), work))
    work.uow.foretold.put_away(work.user_id, one.key, now=work.now)
    answer = Answer(f"dismiss_insight.{one.kind}", one.facts, choices=UNDO)
    return Changed(answer, (Inverse("insight_back", {"key": one.key}),))


def restore_insight(work: ToolWork, *, key: str) -> None:
    """Tell an insight again."""
    work.uow.foretold.bring_back(work.user_id, key)


def _meant(arguments: DismissInsight, found: tuple[Insight, ...]) -> Insight:
    """Return the insight meant; of several that fit, each is offered by number."""
    fitting = [one for one in found if _is_about(one, arguments)]
    if arguments.insight is not None:
        return _numbered(arguments.insight, found)
    if not fitting:
        raise NothingToPutAway
    if len(fitting) == 1:
        return fitting[0]
    options = tuple(_option(one) for one in fitting)
    raise Unclear("insight", phrase="clarify.which_insight", options=options)


def _numbered(said: str, found: tuple[Insight, ...]) -> Insight:
    for place, one in enumerate(found, start=1):
        if said in (one.key, str(place)):
            return one
    raise NothingToPutAway


def _is_about(one: Insight, arguments: DismissInsight) -> bool:
    """Tell whether the shop or the category that was said is what an insight tells of."""
    names = {fact.name: str(fact.value).casefold() for fact in one.facts}
    if arguments.category is not None:
        return names.get("category", "").startswith(arguments.category.casefold())
    if arguments.merchant is not None:
        return arguments.merchant.casefold() in names.get("payee", "")
    return True


def _option(one: Insight) -> Option:
    """Return an insight as a numbered choice, by what it is about."""
    wanted = ("payee", "category")
    fields = {fact.name: str(fact.value) for fact in one.facts if fact.name in wanted}
    about = next((fields[name] for name in wanted if name in fields), "")
    if about:
        return Option(one.key, phrase="choice.insight_about", fields={"name": about})
    return Option(one.key, phrase=f"choice.insight_{one.kind}")


def _told(seen: Seen, work: ToolWork) -> tuple[Insight, ...]:
    return feed(seen, already=work.uow.foretold.put_away_keys(work.user_id))


def _seen(work: ToolWork) -> Seen:
    """Return what the feed is made from, the slow insights of a month included."""
    wishes = work.preferences
    seen = work.uow.insights.seen(
        work.user_id, currency=wishes.currency, today=work.today, calendar=wishes.calendar
    )
    return replace(seen, kept=_kept(work), worth=_worth(work))


def _kept(work: ToolWork) -> Kept | None:
    """Return what was kept of the last whole month; nothing without income in it."""
    month = period_of(Grain.MONTH, work.today, work.preferences.calendar).previous()
    income, spent = _moved(month, work)
    if income <= 0:
        return None
    before = [_moved(month.shift(-step), work) for step in range(1, _MONTHS_BEFORE + 1)]
    earned = sum(one for one, _ in before)
    if any(one <= 0 for one, _ in before):
        return Kept(month, income, spent, None)
    return Kept(month, income, spent, Fraction(earned - sum(two for _, two in before), earned))


def _moved(month: Period, work: ToolWork) -> tuple[int, int]:
    """Return what came in and what was spent in a month, in the user's own currency."""
    sums = []
    for flow in (Flow.INCOME, Flow.SPEND):
        query = EntryQuery(month, flow, currency=work.preferences.currency)
        found = work.uow.entries.totals(work.user_id, query, GroupBy.NONE)
        sums.append(sum(one.minor for one in found))
    return sums[0], sums[1]


def _worth(work: ToolWork) -> tuple[Worth, Worth] | None:
    """Return the net worth a month ago and now; nothing where the books do not reach back."""
    days = (work.today - _A_MONTH, work.today)
    found = work.uow.worth.over(work.user, days, today=work.today)
    return (found[0], found[1]) if len(found) == len(days) else None
