"""Asks for the words of recaps ahead of their hour: at the hour itself nobody waits for a model.

A recap is worded over the figures of its week. If they have changed when it is due, or no words
came, the phrasebook's are sent, on time either way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from core.alerts.weekly import told_in_words
from core.schedules.due import ScheduleKind
from core.store.schedule_store import Due, occurrence_key
from core.users.user import UserUnknown
from workers.context import JobContext, Narrator
from workers.weekly import read_week

# So long before, the week is over and little is booked any more.
_AHEAD = timedelta(minutes=45)
# Other rounds wait meanwhile; whoever is not reached in one is in the next.
_SECONDS = 120.0


def word_recaps(context: JobContext, *, seconds: Callable[[], float] = time.monotonic) -> int:
    """Ask for the words of the recaps that come soon; return how many there are now."""
    narrator = context.narrator
    if narrator is None:
        return 0
    now = context.clock.now()
    with context.database.reading() as uow:
        coming = uow.schedules.coming(ScheduleKind.WEEKLY_RECAP, after=now, until=now + _AHEAD)
    end, worded = seconds() + _SECONDS, 0
    for due in coming:
        if context.stopping() or seconds() >= end:
            break
        worded += _word(context, narrator, due)
        context.rest(0.0)
    return worded


def _word(context: JobContext, narrator: Narrator, due: Due) -> bool:
    with context.database.reading() as uow:
        try:
            user = uow.users.get(due.user_id)
        except UserUnknown:
            return False
        if not narrator.serves(user):
            return False
        answer = told_in_words(read_week(uow, user, user.preferences.today(due.due_at)))
    if answer is None:
        return False
    return narrator.prepare(user, answer, key=occurrence_key(due.kind, due.user_id, due.due_at))
