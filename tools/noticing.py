"""What stands out: charges far from the usual, and charges made twice."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from core.facts import Answer, Fact, Line, count, span
from core.insights.unusual import finding_facts, since, unusual
from core.period import Period
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool

_USUAL_DAYS = 60
# With fewer charges nothing is usual yet.
_NEEDED = 20


class ShowUnusual(Arguments):
    """Which days."""

    period: str | None = Field(
        None, description="Days to look at, as 'from..to'; the last 60 when left out"
    )


@tool()
def show_unusual(arguments: ShowUnusual, work: ToolWork) -> Answer:
    """Show charges that stand out: far above the usual range, first and large, or made twice.

    Each with its reason and what is usual. Use find_entries for the largest ones.
    """
    period = _days(arguments.period, work)
    spent = work.uow.insights.charges(
        work.user_id, currency=work.preferences.currency, today=work.today
    )
    charges = spent.rows
    facts: tuple[Fact, ...] = (span("period", period),)
    if len(charges) < _NEEDED:
        facts += (count("rows", len(charges)), count("needed", _NEEDED))
        return Answer("show_unusual.too_few", facts)
    seen = unusual(charges, explained=spent.recurring.explained)
    found = [one for one in since(seen, period.start) if one.movement.on in period]
    looked_at = sum(one.on in period for one in charges)
    facts += (count("rows", looked_at), count("found", len(found)))
    if not found:
        return Answer("show_unusual.none", facts)
    lines = tuple(
        Line(
            finding_facts(one), f"entry:{one.movement.entry_id}", f"show_unusual.{one.reason}_line"
        )
        for one in found
    )
    subjects = tuple(line.subject for line in lines)
    return Answer("show_unusual.list", facts, lines, subjects=subjects)


def _days(text: str | None, work: ToolWork) -> Period:
    if text is not None:
        return names.period(text)
    return Period(work.today - timedelta(days=_USUAL_DAYS - 1), work.today + timedelta(days=1))
