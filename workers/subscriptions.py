"""Looks for subscriptions again where the books have changed, and once a day everywhere."""

from __future__ import annotations

from datetime import timedelta

from core.connect.bank_days import bank_days
from core.ids import UserId
from core.users.user import UserUnknown
from workers.alerts import raise_for
from workers.context import JobContext
from workers.rounds import unhurried

_MARK = "subscriptions.seen"
# A charge that did not come is no entry: only the passing of days shows it.
_EVERYBODY_EVERY = timedelta(hours=24)


def refresh_subscriptions(context: JobContext) -> int:
    """Bring subscriptions in line with the ledger and tell what is news; return what changed."""
    now = context.clock.now()
    with context.database.work() as uow:
        everybody = uow.schedules.take_turn("refresh_subscriptions", _EVERYBODY_EVERY, now=now)
        changed, newest = uow.alerts.users_since(int(uow.schedules.mark(_MARK) or 0))
        users = uow.users.all_ids() if everybody else changed
        uow.commit()
    found = 0
    for user_id in unhurried(context, users):
        found += _refresh(context, user_id)
    if context.stopping():
        return found  # whose turn did not come is looked at again
    with context.database.work() as uow:
        uow.schedules.set_mark(_MARK, str(newest))
        uow.commit()
    return found


def _refresh(context: JobContext, user_id: UserId) -> int:
    now = context.clock.now()
    with context.database.work() as uow:
        try:
            user = uow.users.get(user_id)
        except UserUnknown:
            return 0
        wishes = user.preferences
        found = uow.recurring.refresh(
            user_id,
            today=wishes.today(now),
            now=now,
            is_bank_day=bank_days(wishes.country),
        )
        uow.commit()
    if found:
        raise_for(context, user_id)
    return found
