"""Rules about what was done: once for each key, only what was approved, each in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from core.approvals.approval import MAX_TRIES, ApprovalState
from core.conversation.plan import Draft, PlannerName
from core.conversation.plan_json import plan_from_json
from core.errors import FinanceError
from core.store.approval_store import ApprovalStore
from core.store.audit_store import AuditStore
from core.store.sweep.rule import LONG_AGO, Asked, Invariant, Rule
from core.store.tables import action, conversation, ledger, message, payment, people

_APPROVALS, _REQUESTS, _EVENTS = action.approvals, action.provider_requests, action.audit_events
_CALLS, _CHANGES, _TURNS = conversation.tool_calls, conversation.changes, conversation.turns
_HOLDS, _TAKEN, _PAID = ledger.holds, ledger.hold_captures, payment.payments
_S = ApprovalState

_UNDER_WAY = (_S.EXECUTING.value, _S.UNKNOWN.value)
_BEGUN = (*_UNDER_WAY, _S.EXECUTED.value, _S.FAILED.value)
_APPROVED = (*_BEGUN, _S.APPROVED.value)
# How many plans of a model and how many payloads are opened at most, newest first.
_OPENED = 5_000


def _two_changes() -> Select[Any]:
    return (
        select(_CHANGES.c.call_key)
        .where(func.length(_CHANGES.c.call_key) < 120)  # cut off there: two may look like one
        .group_by(_CHANGES.c.user_id, _CHANGES.c.call_key)
        .having(func.count() > 1)
    )


def _change_of_no_call() -> Select[Any]:
    kept = exists().where(_CALLS.c.change_id == _CHANGES.c.id)
    return select(_CHANGES.c.id).where(~kept)


def _two_audit_events() -> Select[Any]:
    """Find a call that the trail tells twice: it was done twice."""
    return (
        select(_EVENTS.c.subject)
        .where(_EVENTS.c.action.like("tool.%"), func.length(_EVENTS.c.subject) < 80)
        .group_by(_EVENTS.c.user_id, _EVENTS.c.action, _EVENTS.c.subject)
        .having(func.count() > 1)
    )


def _hold_taken_wrong() -> Select[Any]:
    taken = (
        select(func.coalesce(func.sum(_TAKEN.c.minor), 0))
        .where(_TAKEN.c.hold_id == _HOLDS.c.id)
        .scalar_subquery()
    )
    return select(_HOLDS.c.id).where(
        or_(_HOLDS.c.captured_minor != taken, _HOLDS.c.captured_minor > _HOLDS.c.minor)
    )


def _done_without_a_word() -> Select[Any]:
    return select(_APPROVALS.c.id).where(
        _APPROVALS.c.state.in_(_APPROVED), _APPROVALS.c.decided_at.is_(None)
    )


def _approved_too_late() -> Select[Any]:
    return select(_APPROVALS.c.id).where(
        _APPROVALS.c.state.in_(_APPROVED), _APPROVALS.c.decided_at > _APPROVALS.c.expires_at
    )


def _asked_for_without_approval() -> Select[Any]:
    begun = exists().where(_APPROVALS.c.id == _REQUESTS.c.key, _APPROVALS.c.state.in_(_BEGUN))
    return select(_REQUESTS.c.key).where(~begun)


def _paid_without_approval() -> Select[Any]:
    begun = exists().where(_APPROVALS.c.id == _PAID.c.key, _APPROVALS.c.state.in_(_BEGUN))
    return select(_PAID.c.key).where(~begun)


def _not_what_was_approved(asked: Asked) -> Iterator[str]:
    """Reckon the hash of each payload anew: it binds user, action, proposal and end as well."""
    store = ApprovalStore(asked.connection, asked.vault)
    query = (
        select(_APPROVALS.c.id)
        .join(people.user_keys, people.user_keys.c.owner == _APPROVALS.c.user_id)
        .where(_APPROVALS.c.state.in_(_APPROVED))
        .order_by(_APPROVALS.c.created_at.desc())
        .limit(_OPENED)
    )
    for (approval_id,) in asked.connection.execute(query).all():
        try:
            approval = store.get(approval_id)
        except FinanceError:  # moved or tampered with: it does not open in its place
            yield approval_id
            continue
        if approval is not None and not approval.covers(approval.payload):
            yield approval_id


def _done_outside_the_trail() -> Select[Any]:
    told = exists().where(
        _EVENTS.c.subject == _APPROVALS.c.id,
        _EVENTS.c.action == _APPROVALS.c.action + "." + _APPROVALS.c.state,
    )
    return select(_APPROVALS.c.id).where(
        _APPROVALS.c.state.in_((_S.EXECUTED.value, _S.FAILED.value)), ~told
    )


def _changed_outside_the_trail() -> Select[Any]:
    told = exists().where(
        _EVENTS.c.user_id == _CHANGES.c.user_id,
        _EVENTS.c.subject == func.substr(_CHANGES.c.call_key, 1, 80),
        _EVENTS.c.action == "tool." + _CHANGES.c.tool,
    )
    return select(_CHANGES.c.id).where(~told)


def _trail_broken(asked: Asked) -> Iterator[str]:
    found = AuditStore(asked.connection, asked.vault).verify(asked.anchor)
    if not found.is_intact:
        yield f"{found.broken}:{found.first_break}"


def _trail_not_sealed() -> Select[Any]:
    sealed = select(func.coalesce(func.max(action.audit_seals.c.last_seq), 0)).scalar_subquery()
    return select(_EVENTS.c.seq).where(_EVENTS.c.seq > sealed, _EVENTS.c.created_at <= LONG_AGO)


def _approved_and_left() -> Select[Any]:
    return select(_APPROVALS.c.id).where(
        or_(
            and_(_APPROVALS.c.state == _S.APPROVED.value, _APPROVALS.c.decided_at <= LONG_AGO),
            and_(_APPROVALS.c.state.in_(_UNDER_WAY), _APPROVALS.c.lease_until <= LONG_AGO),
            and_(_APPROVALS.c.state == _S.PENDING.value, _APPROVALS.c.expires_at <= LONG_AGO),
        )
    )


def _guessed_too_often() -> Select[Any]:
    open_ones = (_S.PENDING.value, _S.CONFIRMING.value)
    return select(_APPROVALS.c.id).where(
        _APPROVALS.c.tries >= MAX_TRIES, _APPROVALS.c.state.in_(open_ones)
    )


def _figure_of_no_fact(asked: Asked) -> Iterator[str]:
    """Look for words of a model that refer to a figure which no fact stands behind."""
    query = (
        select(_TURNS.c.id, _TURNS.c.owner, _TURNS.c.plan)
        .join(people.user_keys, people.user_keys.c.owner == _TURNS.c.owner)
        .where(_TURNS.c.planner == PlannerName.MODEL.value, _TURNS.c.plan.is_not(None))
        .order_by(_TURNS.c.started_at.desc())
        .limit(_OPENED)
    )
    for turn_id, owner, sealed in asked.connection.execute(query).all():
        opened = asked.vault.open_json(owner, ("turns", "plan", turn_id), bytes(sealed))
        drafts = (step for step in plan_from_json(opened).steps if isinstance(step, Draft))
        if any(_stands_on_nothing(draft) for draft in drafts):
            yield turn_id


def _stands_on_nothing(draft: Draft) -> bool:
    known = {*draft.values, *draft.sums}
    of_sums = {name for _how, names in draft.sums.values() for name in names}
    named = {part.partition("}")[0] for part in draft.text.split("{")[1:]}
    return not named <= known or not of_sums <= known


def _told_and_not_done() -> Select[Any]:
    """Find a message about an approval that says an end which its row never reached."""
    told = message.outbox
    return (
        select(told.c.id)
        .join(_APPROVALS, told.c.dedupe_key == "approval:" + _APPROVALS.c.id + ":executed")
        .where(_APPROVALS.c.state != _S.EXECUTED.value)
    )


RULES = (
    Rule(Invariant.I2, "two_changes_of_one_call", _two_changes()),
    Rule(Invariant.I2, "change_of_no_call", _change_of_no_call()),
    Rule(Invariant.I2, "done_twice", _two_audit_events()),
    Rule(Invariant.I2, "hold_taken_wrong", _hold_taken_wrong()),
    Rule(Invariant.I5, "done_without_a_word", _done_without_a_word()),
    Rule(Invariant.I5, "approved_too_late", _approved_too_late()),
    Rule(Invariant.I5, "asked_for_without_approval", _asked_for_without_approval()),
    Rule(Invariant.I5, "paid_without_approval", _paid_without_approval()),
    Rule(Invariant.I5, "not_what_was_approved", _not_what_was_approved),
    Rule(Invariant.I5, "told_and_not_done", _told_and_not_done()),
    Rule(Invariant.I8, "done_outside_the_trail", _done_outside_the_trail()),
    Rule(Invariant.I8, "changed_outside_the_trail", _changed_outside_the_trail()),
    Rule(Invariant.I8, "trail_broken", _trail_broken),
    Rule(Invariant.I8, "trail_not_sealed", _trail_not_sealed()),
    Rule(Invariant.I10, "approved_and_left", _approved_and_left()),
    Rule(Invariant.I11, "guessed_too_often", _guessed_too_often()),
    Rule(Invariant.I12, "figure_of_no_fact", _figure_of_no_fact),
)
