"""A morning: the daily line of many users comes round in the same minute."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from bot.bench.bare import commit_milliseconds
from bot.bench.figures import Figure
from bot.bench.stage import WISHES, Books, Stage, opened
from core.schedules.due import ScheduleKind
from workers.summaries import fire_due

_FEW, _MANY = 2_000, 8_000
_TINY = 20
_AT_ONCE = 500
# How much more one user may cost among four times as many.
_GROWTH = 1.3


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure what a thousand users cost, and whether each costs the same among many."""
    with opened(stage) as books:
        base = commit_milliseconds(stage.folder, stage.size(200, 5))
        few = _planned(books, stage.size(_FEW, _TINY))
        many = _planned(books, stage.size(_MANY, 4 * _TINY))
    yield Figure("1,000 users' daily lines planned", many, "s", 4, baseline=base)
    yield Figure("one user among four times as many, to one among few", many / few, "", _GROWTH)


def _planned(books: Books, number: int) -> float:
    """Return the seconds that planning takes for each thousand of ``number`` users."""
    _come_round(books, number)
    start = time.perf_counter()
    fired = fire_due(books.app.jobs)
    taken = time.perf_counter() - start
    assert fired == number, "somebody's morning was forgotten"
    return taken * 1000 / number


def _come_round(books: Books, number: int) -> None:
    """Add users whose daily line is due now."""
    app = books.app
    now = app.clock.now()
    due = now - timedelta(minutes=1)
    for first in range(0, number, _AT_ONCE):
        with app.database.work() as uow:
            for _ in range(first, min(number, first + _AT_ONCE)):
                email = f"{app.ids.new('bench')}@example.com"
                user = uow.users.add(email, WISHES, now=now, ids=app.ids)
                uow.schedules.plan(user.id, ScheduleKind.DAILY_SUMMARY, due)
            uow.commit()
