"""What ending subscriptions has really saved, by the charges that did not come."""

from __future__ import annotations

from pydantic import Field

from core.facts import Answer, Fact, Line, count, day, money, named, span
from core.money import total
from core.period import EARLIEST
from core.subscriptions.followed import FollowedState
from core.subscriptions.saved import Saved, saved
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool

_WAITING = frozenset({FollowedState.SENT, FollowedState.ACCEPTED})


class ShowSaved(Arguments):
    """Since when."""

    period: str | None = Field(
        None, description="Canonical period; since the first one when left out"
    )


@tool()
def show_saved(arguments: ShowSaved, work: ToolWork) -> Answer:
    """Show what was saved by subscriptions that were cancelled here, as the books prove it.

    Only charges that were due and did not come count; nothing is projected.
    """
    period = names.period(arguments.period) if arguments.period else None
    first = period.start if period is not None else EARLIEST
    followed = work.uow.followed.of(work.user_id)
    found: list[Saved] = []
    for one in followed:
        known = work.uow.subscriptions.find(one.user_id, one.subscription_id)
        reach = work.uow.followed.books_reach(int(known.account_id)) if known else None
        if known is None or reach is None:
            continue
        if period is not None:
            reach = min(reach, period.last_day)
        told = saved(one, known, first=first, books_reach=reach)
        found += [told] if told is not None else []
    waiting = sum(one.state in _WAITING for one in followed)
    facts: tuple[Fact, ...] = (span("period", period),) if period is not None else ()
    facts += (count("waiting", waiting),) if waiting else ()
    options = ("show_saved.waiting",) if waiting else ()
    if not found:
        return Answer("show_saved.none", facts, options=options)
    lines = tuple(_line(one) for one in found)
    currencies = {one.amount.currency for one in found}
    facts += (count("found", len(found)),)
    if len(currencies) > 1:
        return Answer("show_saved.mixed", facts, lines, options)
    whole = total((one.amount for one in found), currencies.pop())
    return Answer("show_saved.total", (money("saved", whole), *facts), lines, options)


def _line(one: Saved) -> Line:
    facts = (
        named("name", one.subscription.name),
        money("saved", one.amount, label=one.subscription.name),
        count("times", one.times),
        day("since", one.since),
    )
    return Line(facts, one.subscription.handle)
