"""Does what was approved: exactly that, once, and tells what was recorded (law 2).

This module and everything it imports know nothing of language models, intents or tools.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from core.approvals.approval import EXECUTE_WITHIN, Approval, ApprovalState, may_move
from core.approvals.telling import decide_choices
from core.facts import Answer, Fact, day, named
from core.failpoints import Point, reach
from core.ids import UserId
from core.messaging.outbound import MessageClass
from core.store.approval_store import Settlement
from core.store.unit_of_work import UnitOfWork
from core.tracing import Attribute, Span, span
from workers.actions import Action, Performed, Ready, Renews, Stale
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext

_log = logging.getLogger(__name__)

# An unknown outcome is asked for again at these intervals, then left to a person.
_LOOK_AGAIN = timedelta(minutes=10)
_LOOK_UNTIL = timedelta(hours=24)
# A provider that could not be reached at all is tried again this soon, under the same key.
_TRY_AGAIN = timedelta(minutes=1)
_ACTOR = "worker:executor"

NO_SUCH_ACTION = "no_such_action"
NOT_WHAT_WAS_APPROVED = "not_what_was_approved"
BROKE_BEFORE = "broke_before_sending"
NO_ANSWER = "no_answer"
NEVER_ARRIVED = "never_arrived"


def execute_approved(context: JobContext) -> int:
    """Carry out approved actions until none is left; return how many were taken up."""
    done = 0
    while done < context.limits.round_items and not context.stopping():
        approval = _claim(context)
        if approval is None:
            break
        with span(Span.EXECUTE, {Attribute.ACTION: approval.action}):
            _execute(context, approval)
        done += 1
    return done


def recover_executions(context: JobContext) -> int:
    """Settle executions whose worker vanished or whose outcome was open: ask, never repeat."""
    done = 0
    while done < context.limits.round_items and not context.stopping():
        approval = _claim_overdue(context)
        if approval is None:
            break
        _recover(context, approval)
        done += 1
    return done


def _claim(context: JobContext) -> Approval | None:
    """Move one approval from approved to executing, and commit that before anything is done."""
    with context.database.work() as uow:
        approval = uow.approvals.claim_approved(
            now=context.clock.now(), lease=context.limits.execute_lease
        )
        uow.commit()
    if approval is not None:
        reach(Point.EXECUTOR_CLAIMED)
    return approval


def _claim_overdue(context: JobContext) -> Approval | None:
    with context.database.work() as uow:
        approval = uow.approvals.claim_overdue(
            now=context.clock.now(), lease=context.limits.execute_lease
        )
        uow.commit()
    return approval


def _execute(context: JobContext, approval: Approval) -> None:
    action = context.actions.get(approval.action)
    if action is None:
        _settle(context, approval, None, _failed(NO_SUCH_ACTION))
        return
    try:
        prepared = _prepare(context, action, approval)
    except Exception:  # nothing has left the house yet, so this is a clean failure
        _log.exception("execution_broke", extra={"approval_id": approval.id})
        _settle(context, approval, action, _failed(BROKE_BEFORE))
        return
    if isinstance(prepared, Stale):
        _supersede(context, approval, action, prepared)
    elif not approval.covers(prepared.payload):
        _log.error("payload_differs", extra={"approval_id": approval.id})
        _settle(context, approval, action, _failed(NOT_WHAT_WAS_APPROVED))
    else:
        _settle(context, approval, action, _perform(action, prepared, approval))


def _prepare(context: JobContext, action: Action, approval: Approval) -> Ready | Stale:
    with context.database.reading() as uow:
        return action.prepare(uow, approval, now=context.clock.now())


def _perform(action: Action, ready: Ready, approval: Approval) -> Performed:
    """Do it with nothing open; an exception leaves the outcome unknown, not failed."""
    try:
        performed = action.perform(ready, key=approval.id)
    except Exception:
        _log.exception("perform_broke", extra={"approval_id": approval.id})
        return Performed(ApprovalState.UNKNOWN, NO_ANSWER)
    reach(Point.EXECUTOR_PERFORMED)
    return performed


def _recover(context: JobContext, approval: Approval) -> None:
    """Look the key up before anything else; without an answer the outcome stays unknown."""
    action = context.actions.get(approval.action)
    performed = Performed(ApprovalState.UNKNOWN, NO_ANSWER)
    if action is not None:
        try:
            performed = action.look_up(approval) or _again(context, action, approval)
        except Exception:
            _log.exception("look_up_broke", extra={"approval_id": approval.id})
    _settle(context, approval, action, _allowed(approval, performed))


def _again(context: JobContext, action: Action, approval: Approval) -> Performed:
    """Ask once more for what the provider has never heard of, under the same key.

    Only where the key makes a second effect impossible, only in time, and only if it is still
    the very thing that was approved; otherwise it is over, and nothing has happened.
    """
    decided = approval.decided_at or approval.created_at
    if not action.is_idempotent:
        return Performed(ApprovalState.UNKNOWN, NO_ANSWER)
    if context.clock.now() - decided >= EXECUTE_WITHIN:
        return _failed(NEVER_ARRIVED)
    prepared = _prepare(context, action, approval)
    if isinstance(prepared, Stale):
        return _failed(prepared.reason)
    if not approval.covers(prepared.payload):
        return _failed(NOT_WHAT_WAS_APPROVED)
    return _perform(action, prepared, approval)


def _allowed(approval: Approval, performed: Performed) -> Performed:
    """Fit an outcome to where the approval stands: what was unknown can only be done or not."""
    if may_move(approval.state, performed.state) or performed.state is approval.state:
        return performed
    if performed.state is ApprovalState.EXECUTING:
        return replace(performed, state=approval.state)
    return replace(performed, state=ApprovalState.FAILED)


def _settle(
    context: JobContext, approval: Approval, action: Action | None, performed: Performed
) -> None:
    """Record the outcome, our own records, the audit event and the message, all or nothing."""
    now = context.clock.now()
    settlement = Settlement(
        state=performed.state,
        reason=performed.reason,
        reference=performed.reference,
        receipt=performed.receipt or None,
        look_again=_next_look(approval, performed, now),
    )
    is_news = performed.state is not approval.state
    with context.database.work() as uow:
        uow.hold(UserId(approval.user_id))  # nobody reads, and writes back, what changes here
        if not uow.approvals.settle(approval, settlement, now=now):
            _log.warning("lease_lost", extra={"approval_id": approval.id})
            return
        if action is not None:
            action.record(uow, approval, performed, now=now)
        if is_news:
            _audit(uow, approval, settlement, now)
            _tell(context, uow, approval, action, ())
        reach(Point.EXECUTOR_UNSETTLED)
        uow.commit()
    reach(Point.EXECUTOR_SETTLED)
    context.wake.ring("deliver_urgent")


def _supersede(context: JobContext, approval: Approval, action: Action, stale: Stale) -> None:
    now = context.clock.now()
    settlement = Settlement(ApprovalState.SUPERSEDED, stale.reason)
    with context.database.work() as uow:
        uow.hold(UserId(approval.user_id))  # nobody reads, and writes back, what changes here
        if not uow.approvals.settle(approval, settlement, now=now):
            return
        _audit(uow, approval, settlement, now)
        _tell(context, uow, approval, action, stale.facts)
        uow.commit()
    context.wake.ring("deliver_urgent")


def _tell(
    context: JobContext,
    uow: UnitOfWork,
    approval: Approval,
    action: Action | None,
    facts: tuple[Fact, ...],
) -> None:
    """Say what is recorded, read back from the row: never what was hoped for (law 7)."""
    if action is None:
        return
    recorded = uow.approvals.get(approval.id)
    assert recorded is not None
    answer = action.tell(recorded, facts=facts)
    if recorded.state is ApprovalState.SUPERSEDED:
        answer = _with_new_proposal(context, uow, recorded, action, answer)
    notice = Notice(
        user_id=approval.user_id,
        answer=answer,
        message_class=MessageClass.APPROVAL,
        dedupe_key=f"approval:{approval.id}:{recorded.state}",
        conversation_id=approval.conversation_id,
    )
    enqueue_notice(context, uow, notice)


def _with_new_proposal(
    context: JobContext, uow: UnitOfWork, approval: Approval, action: Action, answer: Answer
) -> Answer:
    """Propose it as it is now, under a new code, where that can be; nothing happens without it."""
    now = context.clock.now()
    proposal = action.renewed(uow, approval, now=now) if isinstance(action, Renews) else None
    if proposal is None:
        return answer
    fresh = uow.approvals.add(proposal, now=now, ids=context.ids)
    facts = (named("new_code", fresh.code), day("new_expires", fresh.expires_at))
    return replace(
        answer,
        facts=(*answer.facts, *facts),
        options=("approval.asked_anew", *answer.options),
        choices=decide_choices(fresh.code),
    )


def _audit(uow: UnitOfWork, approval: Approval, settlement: Settlement, now: datetime) -> None:
    uow.audit.append(
        approval.user_id,
        actor=_ACTOR,
        action=f"{approval.action}.{settlement.state}",
        subject=approval.id,
        now=now,
        values={
            "hash": approval.payload_hash,
            "reason": settlement.reason,
            "reference": settlement.reference,
            "receipt": dict(settlement.receipt or {}),
        },
    )


def _next_look(approval: Approval, performed: Performed, now: datetime) -> datetime | None:
    if performed.state is ApprovalState.EXECUTING:
        return now + _TRY_AGAIN
    if performed.state is not ApprovalState.UNKNOWN:
        return None
    since = approval.decided_at or approval.created_at
    return now + _LOOK_AGAIN if now - since < _LOOK_UNTIL else None


def _failed(reason: str) -> Performed:
    return Performed(ApprovalState.FAILED, reason)
