"""What keeps the house in order: ends, seals, forgets, and compares the books with themselves."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from core.approvals.telling import facts_of, worded
from core.audit.event import Head
from core.connect.objects import ObjectNotKept
from core.facts import Answer
from core.messaging.outbound import MessageClass
from workers.compose import Notice, enqueue_notice
from workers.context import JobContext
from workers.rounds import unhurried

_log = logging.getLogger(__name__)
_PRUNE_ROUNDS = 20
_ANCHOR_EVERY, _ANCHOR_AGAIN = timedelta(hours=24), timedelta(minutes=10)
_BALANCES_EVERY = timedelta(hours=24)
ANCHOR_KEY = "audit/head.json"


def expire_approvals(context: JobContext) -> int:
    """End what was not answered in time and say so in the chat where it was asked."""
    now = context.clock.now()
    with context.database.work() as uow:
        ended = uow.approvals.expire_due(now=now)
        for approval in ended:
            uow.audit.append(
                approval.user_id,
                actor="worker:housekeeping",
                action=f"{approval.action}.{approval.state}",
                subject=approval.id,
                now=now,
            )
            notice = Notice(
                user_id=approval.user_id,
                answer=Answer(worded(approval, "approval.expired"), facts_of(approval)),
                message_class=MessageClass.APPROVAL,
                dedupe_key=f"approval:{approval.id}:{approval.state}",
                conversation_id=approval.conversation_id,
            )
            enqueue_notice(context, uow, notice)
        uow.commit()
    return len(ended)


def expire_holds(context: JobContext) -> int:
    """Let go what was held for longer than its end."""
    with context.database.work() as uow:
        ended = uow.holds.expire_due(now=context.clock.now())
        uow.commit()
    return ended


def seal_audit(context: JobContext) -> int:
    """Seal the newest audit events, and once a day keep the chain's head outside the database."""
    now = context.clock.now()
    with context.database.work() as uow:
        sealed = uow.audit.seal_pending(now=now)
        head = uow.audit.head()
        anchors = head is not None and uow.schedules.take_turn("anchor", _ANCHOR_EVERY, now=now)
        uow.commit()
    if anchors and head is not None:
        _anchor(context, head, now)
    return sealed


def _anchor(context: JobContext, head: Head, now: datetime) -> None:
    """Keep the chain's head outside the database; without room for it, soon again."""
    anchor = {"last_seq": head.last_seq, "seal": head.seal, "kept_at": now.isoformat()}
    try:
        context.objects.put(ANCHOR_KEY, json.dumps(anchor).encode())
    except ObjectNotKept:
        with context.database.work() as uow:
            uow.schedules.give_turn_back("anchor", _ANCHOR_EVERY, due_at=now + _ANCHOR_AGAIN)
            uow.commit()


def prune(context: JobContext) -> int:
    """Forget settled messages and reports that are older than we promised to keep them."""
    now = context.clock.now()
    forgotten = 0
    for _ in range(_PRUNE_ROUNDS):
        with context.database.work() as uow:
            before = now - context.limits.keep_outbox
            step = uow.outbox.tracking.prune(before=before)
            uow.commit()
        forgotten += step
        if not step or context.stopping():
            break
    return forgotten + _prune_files(context)


def compare_balances(context: JobContext) -> int:
    """Once a day, compare kept balances with their postings; a difference is an incident.

    Nothing is mended here: a wrong balance has a cause, and mending would hide it.
    """
    now = context.clock.now()
    with context.database.work() as uow:
        mine = uow.schedules.take_turn("compare_balances", _BALANCES_EVERY, now=now)
        user_ids = uow.users.all_ids() if mine else ()
        uow.commit()
    wrong = 0
    for user_id in unhurried(context, user_ids):
        with context.database.reading() as uow:
            accounts = uow.accounts.mismatches(user_id)
        if accounts:
            wrong += len(accounts)
            _log.error("balances_differ", extra={"user_id": user_id, "accounts": accounts})
    return wrong


def _prune_files(context: JobContext) -> int:
    """Forget files, and what was asked for when they were made."""
    now = context.clock.now()
    with context.database.work() as uow:
        uow.papers.prune(before=now - context.limits.keep_reports)
        uow.commit()
    with context.database.reading() as uow:
        old = uow.files.older_than(now - context.limits.keep_reports)
    for key in old:
        context.objects.delete(key)
        with context.database.work() as uow:
            uow.files.forget(key)
            uow.commit()
    return len(old)
