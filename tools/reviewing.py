"""How a month went, in a few sentences: what came in and went out, what changed, what stood out."""

from __future__ import annotations

from pydantic import Field

from core.facts import Answer
from core.period import Grain, Period, period_of
from core.reports.review import review
from tools import names
from tools.context import ToolWork
from tools.spec import Arguments, tool


class ReviewMonth(Arguments):
    """Which month or other days."""

    period: str | None = Field(
        None, description="A month or other days, like '2026-04'; the last month when left out"
    )


@tool()
def review_month(arguments: ReviewMonth, work: ToolWork) -> Answer:
    """Tell how a month (or other days) went: in, out and kept, against before, what stood out."""
    period = _days(arguments.period, work)
    figures = work.uow.reports.read(work.user, period, now=work.now, is_bank_day=work.is_bank_day)
    return review(figures, work.uow.reports.largest(work.user_id, period, figures.currency))


def _days(text: str | None, work: ToolWork) -> Period:
    if text is not None:
        return names.period(text)
    return period_of(Grain.MONTH, work.today, work.preferences.calendar).previous()
