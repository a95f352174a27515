"""Reads the audit trail for what its owner should hear of at once: who got access, or lost it."""

from __future__ import annotations

from core.alerts.security import WATCHED, security_alert
from core.audit.event import AuditEvent
from core.ids import UserId
from core.store.unit_of_work import UnitOfWork
from core.users.user import UserUnknown
from workers.attention import tell
from workers.context import JobContext

# Where the reading has come to: the mark of the last round and that of the round before.
_MARK = "security.seen"


def watch_security(context: JobContext) -> int:
    """Tell users what happened to their access since the last look; return how many were told.

    Each round looks back to the round before last, for an event may be kept later than others
    that have higher numbers. The first round of an installation only notes where the trail ends.
    """
    with context.database.reading() as uow:
        marks = uow.schedules.mark(_MARK)
        before, last = map(int, marks.split()) if marks else (0, 0)
        events, newest = uow.audit.since(before, WATCHED)
    told = sum(_tell(context, event) for event in events) if marks else 0
    if marks is None or (before, last) != (last, newest):
        with context.database.work() as uow:
            uow.schedules.set_mark(_MARK, f"{last if marks else newest} {newest}")
            uow.commit()
    if told:
        context.wake.ring("deliver_bulk")
    return told


def _tell(context: JobContext, event: AuditEvent) -> int:
    alert = security_alert(event)
    with context.database.work() as uow:
        if alert is None or not _is_known(uow, alert.user_id):
            return 0
        told = tell(context, uow, uow.users.get(alert.user_id), [alert])
        uow.commit()
    return told


def _is_known(uow: UnitOfWork, user_id: UserId) -> bool:
    try:
        uow.users.get(user_id)
    except UserUnknown:
        return False
    return True
