"""Once a day for each user: reminds of bills, tells what is late and what was held back."""

from __future__ import annotations

from core.alerts.attention import Look
from core.connect.bank_days import bank_days
from core.store.schedule_store import Occurrence, OccurrenceState
from core.users.user import User
from workers.alerts import raise_for
from workers.context import JobContext


def watch_bills(context: JobContext, user: User, held: Occurrence) -> None:
    """Look at what recurs, tell what is worth it, and close the occurrence.

    Dying in between only looks again: each alert has its own key and is told once.
    """
    wishes, now = user.preferences, context.clock.now()
    with context.database.work() as uow:
        uow.recurring.refresh(
            user.id,
            today=wishes.today(now),
            now=now,
            is_bank_day=bank_days(wishes.country),
        )
        uow.commit()
    told = raise_for(context, user.id, look=Look.MORNING)
    with context.database.work() as uow:
        state = OccurrenceState.DONE if told else OccurrenceState.SKIPPED
        uow.schedules.settle(held, state, note=f"told={told}")
        uow.commit()
    if told:
        context.wake.ring("deliver_bulk")
