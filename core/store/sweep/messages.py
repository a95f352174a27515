"""Rules about messages: in once, out as often as their class allows, one after the other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, exists, or_, select

from core.conversation.turn import MAX_ATTEMPTS, InboundState, TurnState
from core.messaging.delivery import DeliveryState, ResendRule, resend_rule
from core.messaging.outbound import MessageClass
from core.messaging.retry import max_attempts
from core.store.sweep.rule import LONG_AGO, Invariant, Rule
from core.store.tables import conversation, message

_IN, _TURNS, _TALKS = conversation.inbox, conversation.turns, conversation.conversations
_OUT, _TRIES, _STATUSES = message.outbox, message.attempts, message.statuses
_S = DeliveryState

_ONCE = tuple(kind.value for kind in MessageClass if resend_rule(kind) is ResendRule.NEVER)
_TAKEN = (_S.ACCEPTED.value, _S.DELIVERED.value)
_IN_DOUBT = (*_TAKEN, _S.UNKNOWN.value)
_SETTLED = (InboundState.HANDLED.value, InboundState.FAILED.value)
_CLOSED = (TurnState.REPLIED.value, TurnState.FAILED.value)


def _waits_for_ever() -> Select[Any]:
    return select(_IN.c.id).where(
        _IN.c.state == InboundState.RECEIVED.value, _IN.c.received_at <= LONG_AGO
    )


def _answered_by_nobody() -> Select[Any]:
    turn = exists().where(_TURNS.c.inbound_id == _IN.c.id, _TURNS.c.state.in_(_CLOSED))
    return select(_IN.c.id).where(_IN.c.state.in_(_SETTLED), ~turn)


def _closed_before_its_message() -> Select[Any]:
    return (
        select(_TURNS.c.id)
        .join(_IN, _IN.c.id == _TURNS.c.inbound_id)
        .where(
            _TURNS.c.state == TurnState.REPLIED.value,
            _IN.c.state == InboundState.RECEIVED.value,
        )
    )


def _sent_again_in_doubt() -> Select[Any]:
    """Find what may go out once and was tried again after a try that may have arrived.

    An operator's replay takes a number of its own, so the tries are no neighbours then.
    """
    again = _TRIES.alias("again")
    return (
        select(_OUT.c.id)
        .join(_TRIES, _TRIES.c.outbox_id == _OUT.c.id)
        .join(again, and_(again.c.outbox_id == _OUT.c.id, again.c.number == _TRIES.c.number + 1))
        .where(_OUT.c.message_class.in_(_ONCE), _TRIES.c.outcome.in_(_IN_DOUBT))
    )


def _taken_twice() -> Select[Any]:
    """Find what a provider took whole and was sent again all the same, whatever its class."""
    again = _TRIES.alias("again")
    return (
        select(_OUT.c.id)
        .join(_TRIES, _TRIES.c.outbox_id == _OUT.c.id)
        .join(again, and_(again.c.outbox_id == _OUT.c.id, again.c.number == _TRIES.c.number + 1))
        .where(_TRIES.c.outcome.in_(_TAKEN))
    )


def _sent_by_nobody() -> Select[Any]:
    tried = exists().where(_TRIES.c.outbox_id == _OUT.c.id)
    reported = exists().where(_STATUSES.c.outbox_id == _OUT.c.id)
    return select(_OUT.c.id).where(_OUT.c.state.in_(_TAKEN), ~tried, ~reported)


def _talked_over() -> Select[Any]:
    later = _TURNS.alias("later")
    return select(later.c.id).where(
        later.c.conversation_id == _TURNS.c.conversation_id,
        later.c.started_at > _TURNS.c.started_at,
        later.c.started_at < _TURNS.c.finished_at,
        _TURNS.c.id != later.c.id,
    )


def _answered_out_of_order() -> Select[Any]:
    """Find an answer of which the first try was over before that of an earlier one began."""
    earlier, first, mine = _OUT.alias("earlier"), _TRIES.alias("first"), _TRIES.alias("mine")
    reply = MessageClass.REPLY.value
    return (
        select(_OUT.c.id)
        .join(earlier, earlier.c.conversation_id == _OUT.c.conversation_id)
        .join(first, and_(first.c.outbox_id == earlier.c.id, first.c.number == 1))
        .join(mine, and_(mine.c.outbox_id == _OUT.c.id, mine.c.number == 1))
        .where(
            _OUT.c.message_class == reply,
            earlier.c.message_class == reply,
            earlier.c.created_at < _OUT.c.created_at,
            mine.c.finished_at < first.c.started_at,
        )
    )


def _left_sending() -> Select[Any]:
    return select(_OUT.c.id).where(_OUT.c.state == _S.SENDING.value, _OUT.c.lease_until <= LONG_AGO)


def _left_ready() -> Select[Any]:
    return select(_OUT.c.id).where(_OUT.c.state == _S.READY.value, _OUT.c.due_at <= LONG_AGO)


def _left_in_doubt() -> Select[Any]:
    return select(_OUT.c.id).where(_OUT.c.state == _S.UNKNOWN.value, _OUT.c.due_at <= LONG_AGO)


def _held_by_nobody() -> Select[Any]:
    """Find a chat whose holder is gone while a message waits in it."""
    waits = exists().where(
        _IN.c.channel == _TALKS.c.channel,
        _IN.c.address_index == _TALKS.c.address_index,
        _IN.c.state == InboundState.RECEIVED.value,
    )
    return select(_TALKS.c.id).where(_TALKS.c.lease_until <= LONG_AGO, waits)


def _tried_too_often() -> Select[Any]:
    limit = case(
        {kind.value: max_attempts(kind) for kind in MessageClass}, value=_OUT.c.message_class
    )
    return select(_OUT.c.id).where(_OUT.c.attempts > limit)


def _taken_over_too_often() -> Select[Any]:
    # Whoever gives a message up may be interrupted as well, but hardly as often again.
    return select(_IN.c.id).where(_IN.c.attempts > 3 * MAX_ATTEMPTS)


def _dead_without_reason() -> Select[Any]:
    return select(_OUT.c.id).where(
        _OUT.c.state.in_((_S.FAILED.value, _S.SUPPRESSED.value)),
        or_(_OUT.c.reason.is_(None), _OUT.c.reason == ""),
    )


RULES = (
    Rule(Invariant.I1, "message_waits_for_ever", _waits_for_ever()),
    Rule(Invariant.I1, "message_answered_by_nobody", _answered_by_nobody()),
    Rule(Invariant.I1, "turn_closed_before_its_message", _closed_before_its_message()),
    Rule(Invariant.I3, "sent_again_in_doubt", _sent_again_in_doubt()),
    Rule(Invariant.I3, "taken_and_sent_again", _taken_twice()),
    Rule(Invariant.I3, "sent_by_nobody", _sent_by_nobody()),
    Rule(Invariant.I3, "dead_letter_without_reason", _dead_without_reason()),
    Rule(Invariant.I4, "two_turns_at_once", _talked_over()),
    Rule(Invariant.I4, "answers_out_of_order", _answered_out_of_order()),
    Rule(Invariant.I10, "left_sending", _left_sending()),
    Rule(Invariant.I10, "left_ready", _left_ready()),
    Rule(Invariant.I10, "left_in_doubt", _left_in_doubt()),
    Rule(Invariant.I10, "chat_held_by_nobody", _held_by_nobody()),
    Rule(Invariant.I11, "sent_too_often", _tried_too_often()),
    Rule(Invariant.I11, "taken_over_too_often", _taken_over_too_often()),
)
