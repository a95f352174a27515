"""Being forgotten: scheduled after an approval, told in every chat when its day has come, done.

The approval only starts the time in which it can be taken back. What destroys is a job of the
executor's, so that no process that reads messages can.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.approvals.telling import CONFIRMED, facts_of
from core.clock import Clock
from core.erasure.erasure import (
    ACTION,
    FAREWELL,
    PROVED_BY,
    Erasure,
    ErasureState,
    erasure_payload,
)
from core.facts import Answer, Fact, day
from core.failpoints import Point, reach
from core.ids import UserId
from core.messaging.outbound import MessageClass
from core.store.unit_of_work import Database, UnitOfWork
from core.users.linking import BindingState
from workers.actions import Performed, Ready, Stale
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

_log = logging.getLogger(__name__)
_ACTOR = "worker:eraser"
ALREADY = "already_scheduled"
# Kept outside of the database, so that a restored copy is told whom to forget again.
LEDGER = "erasures/"
_MOST_FILES = 100_000


@dataclass(frozen=True, slots=True)
class EraseData:
    """Schedules the erasure of the user who approved it; implements `Action`."""

    database: Database
    clock: Clock

    @property
    def name(self) -> str:
        """What proposals call it."""
        return ACTION

    @property
    def is_idempotent(self) -> bool:
        """An approval schedules one erasure."""
        return True

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """See that nothing is scheduled already; the terms are the ones of today."""
        del now  # the terms are the same at any time
        if uow.erasures.open_for(UserId(approval.user_id)) is not None:
            return Stale(ALREADY)
        return Ready(UserId(approval.user_id), erasure_payload())

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Start the time in which it can be taken back, under the approval's key."""
        with self.database.work() as uow:
            uow.erasures.schedule(key, ready.request, now=self.clock.now())
            found = uow.erasures.find(key)
            uow.commit()
        if found is None:
            return Performed(ApprovalState.FAILED, ALREADY)
        return _scheduled(found)

    def look_up(self, approval: Approval) -> Performed | None:
        """Tell whether the key was scheduled; a database that does not answer raises."""
        with self.database.reading() as uow:
            found = uow.erasures.find(approval.id)
        return _scheduled(found) if found is not None else None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Nothing is left to record: the schedule is the record."""

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Say until when it can be taken back, or that nothing was scheduled."""
        if approval.state is ApprovalState.EXECUTED and approval.receipt:
            due = day("due", datetime.fromisoformat(approval.receipt["due_at"]))
            return Answer("erase_data.scheduled", (*facts_of(approval), *facts, due))
        shape = "unknown_outcome" if approval.state is ApprovalState.UNKNOWN else "show_failed"
        return Answer(f"request.{shape}", (*facts_of(approval), *facts))


def _scheduled(erasure: Erasure) -> Performed:
    receipt = {"state": CONFIRMED, "due_at": erasure.due_at.isoformat()}
    return Performed(ApprovalState.EXECUTED, reference=erasure.id, receipt=receipt)


def erase_due(context: JobContext) -> int:
    """Say farewell to whose day has come, and destroy what is left once that has gone out."""
    done = 0
    while done < context.limits.round_items and not context.stopping():
        now = context.clock.now()
        with context.database.reading() as uow:
            found = uow.erasures.due(now=now)
        if found is None or not _step(context, found, now):
            break
        done += 1
    return done


def _step(context: JobContext, erasure: Erasure, now: datetime) -> bool:
    """Bring an erasure one state further; false when it has to wait."""
    if erasure.state is ErasureState.SCHEDULED:
        _farewell(context, erasure, now)
        return True
    left = erasure.left_at or now
    with context.database.reading() as uow:
        waits = uow.outbox.tracking.waiting_for(erasure.user_id)
    if waits and now - left < FAREWELL:
        return False
    _destroy(context, erasure, now)
    return True


def _farewell(context: JobContext, erasure: Erasure, now: datetime) -> None:
    """Tell every chat that it is unlinked now, in the same transaction that begins the end."""
    with context.database.work() as uow:
        if not uow.erasures.leave(erasure.id, now=now):
            return
        uow.outbox.hush(erasure.user_id, now=now)
        linked = {
            binding.address
            for binding in uow.bindings.of(erasure.user_id)
            if binding.state is BindingState.ACTIVE
        }
        for talk in uow.conversations.of(erasure.user_id):
            if talk.address not in linked:
                continue
            notice = Notice(
                user_id=erasure.user_id,
                answer=Answer("erase_data.farewell"),
                message_class=MessageClass.SECURITY,
                dedupe_key=f"farewell:{erasure.id}:{talk.id}",
                conversation_id=talk.id,
            )
            enqueue_notice(context, uow, notice)
        uow.audit.append(
            erasure.user_id, actor=_ACTOR, action="user.leaving", subject=erasure.id, now=now
        )
        uow.commit()
    context.wake.ring("deliver_urgent")


def _destroy(context: JobContext, erasure: Erasure, now: datetime) -> None:
    """Destroy files first, then everything in one transaction with its proof.

    A crash before the commit leaves the user as he was, but for files, and the next round goes
    on; after it nothing is left to do.
    """
    with context.database.reading() as uow:
        files = uow.files.of(erasure.user_id, _MOST_FILES)
    for file in files:
        context.objects.delete(file.key)
    _remember(context, erasure, now)
    reach(Point.ERASER_UNWRITTEN)
    with context.database.work() as uow:
        uow.hold(erasure.user_id)
        done = uow.erasures.destroy(erasure, now=now)
        if done is None:
            return
        uow.audit.append(
            erasure.user_id,
            actor=_ACTOR,
            action=PROVED_BY,
            subject=erasure.id,
            now=now,
            values={"rows": sum(done.destroyed.values())},
        )
        uow.commit()
    reach(Point.ERASER_WRITTEN)
    context.database.tidy()
    _log.info("user_erased", extra={"erasure_id": erasure.id})


def _remember(context: JobContext, erasure: Erasure, now: datetime) -> None:
    """Note outside of the database who was forgotten: a number that leads to nobody."""
    noted = {"user_id": erasure.user_id, "erasure": erasure.id, "erased_at": now.isoformat()}
    context.objects.put(f"{LEDGER}{erasure.id}.json", json.dumps(noted).encode())


def forget_again(context: JobContext) -> int:
    """Destroy again what a restored copy brought back of users who were forgotten since."""
    done = 0
    for key in context.objects.under(LEDGER):
        noted = json.loads(context.objects.get(key))
        with context.database.work() as uow:
            done += uow.erasures.destroy_again(UserId(noted["user_id"]), now=context.clock.now())
            uow.commit()
    if done:
        context.database.tidy()
    return done
