"""Asks for words ahead of their hour: what is due at a moment of the day waits for no model.

A recap, and the first paragraph of a monthly report, are worded over their figures. If one of
those has changed when they are due, or no words came, the phrasebook's are sent, on time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from core.alerts.weekly import told_in_words as week_in_words
from core.facts import Answer
from core.schedules.due import ScheduleKind
from core.store.schedule_store import Due, occurrence_key
from core.users.user import User, UserUnknown
from workers.context import JobContext, Narrator
from workers.reports.build import last_month, read_figures
from workers.reports.build import told_in_words as month_in_words
from workers.weekly import read_week

# So long before, the days are mostly over and little is booked any more.
_AHEAD = timedelta(minutes=45)
# Other rounds wait meanwhile; whoever is not reached in one is in the next.
_SECONDS = 120.0


def word_ahead(context: JobContext, *, seconds: Callable[[], float] = time.monotonic) -> int:
    """Ask for the words of what comes soon; return for how many there are some now."""
    narrator = context.narrator
    if narrator is None:
        return 0
    end, worded = seconds() + _SECONDS, 0
    for due in _coming(context):
        if context.stopping() or seconds() >= end:
            break
        worded += _word(context, narrator, due)
        context.rest(0.0)
    return worded


def _coming(context: JobContext) -> list[Due]:
    now = context.clock.now()
    with context.database.reading() as uow:
        return [
            due
            for kind in _ANSWERS
            for due in uow.schedules.coming(kind, after=now, until=now + _AHEAD)
        ]


def _word(context: JobContext, narrator: Narrator, due: Due) -> bool:
    with context.database.reading() as uow:
        try:
            user = uow.users.get(due.user_id)
        except UserUnknown:
            return False
    if not narrator.serves(user):
        return False
    answer = _ANSWERS[due.kind](context, user, due)
    if answer is None:
        return False
    return narrator.prepare(user, answer, key=occurrence_key(due.kind, due.user_id, due.due_at))


def _week(context: JobContext, user: User, due: Due) -> Answer | None:
    with context.database.reading() as uow:
        return week_in_words(read_week(uow, user, user.preferences.today(due.due_at)))


def _month(context: JobContext, user: User, due: Due) -> Answer | None:
    """Return what the report will tell; nothing of a month that still runs or was empty."""
    figures = read_figures(context, user, last_month(user, due.due_at))
    if figures.is_empty or not figures.is_over:
        return None
    return month_in_words(context, user, figures)


_ANSWERS: Mapping[ScheduleKind, Callable[[JobContext, User, Due], Answer | None]] = {
    ScheduleKind.WEEKLY_RECAP: _week,
    ScheduleKind.MONTHLY_REPORT: _month,
}
