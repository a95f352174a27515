"""What became of a message we sent: states, allowed moves, and what callbacks may change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.messaging.address import Address
from core.messaging.outbound import MessageClass


class DeliveryState(StrEnum):
    """How far a message has come."""

    READY = "ready"  # waits for its due time
    SENDING = "sending"  # claimed and committed before a byte leaves
    ACCEPTED = "accepted"  # the provider has it
    DELIVERED = "delivered"  # it is on the phone
    FAILED = "failed"  # it will not arrive
    UNKNOWN = "unknown"  # the provider may or may not have it: reconcile, never send blindly
    SUPPRESSED = "suppressed"  # we decided not to send it


_S = DeliveryState

# A move back to READY is only for an attempt that certainly reached nobody, or for an UNKNOWN
# whose class may repeat (`resend_rule`).
MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    _S.READY: frozenset({_S.SENDING, _S.ACCEPTED, _S.DELIVERED, _S.FAILED, _S.SUPPRESSED}),
    _S.SENDING: frozenset(
        {_S.READY, _S.ACCEPTED, _S.DELIVERED, _S.FAILED, _S.UNKNOWN, _S.SUPPRESSED}
    ),
    _S.ACCEPTED: frozenset({_S.DELIVERED, _S.FAILED}),
    _S.UNKNOWN: frozenset({_S.READY, _S.ACCEPTED, _S.DELIVERED, _S.FAILED}),
    _S.DELIVERED: frozenset(),
    _S.FAILED: frozenset(),
    _S.SUPPRESSED: frozenset(),
}

_RANK: dict[DeliveryState, int] = {
    _S.READY: 0,
    _S.SENDING: 1,
    _S.UNKNOWN: 2,
    _S.ACCEPTED: 3,
    _S.DELIVERED: 4,
    _S.FAILED: 4,
    _S.SUPPRESSED: 4,
}


class ResendRule(StrEnum):
    """Whether a message of unknown outcome may be sent again."""

    NEVER = "never"  # at most once: a code, a receipt; the user asks again
    SAFE = "safe"  # at least once: a repeat harms nobody


_RESEND: dict[MessageClass, ResendRule] = {
    MessageClass.REPLY: ResendRule.NEVER,
    MessageClass.APPROVAL: ResendRule.NEVER,
    MessageClass.SECURITY: ResendRule.NEVER,
    MessageClass.ALERT: ResendRule.SAFE,
    MessageClass.SUMMARY: ResendRule.SAFE,
    MessageClass.REPORT: ResendRule.SAFE,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one address.

    ``key`` goes to the provider where it can carry one, and comes back in its callbacks.
    ``attempts`` counts tries that used up patience; being told to slow down does not.
    """

    key: str
    address: Address
    message_class: MessageClass
    state: DeliveryState
    due_at: datetime
    expires_at: datetime
    attempts: int = 0
    provider_message_ids: tuple[str, ...] = ()
    reason: str = ""


def rank(state: DeliveryState) -> int:
    """Return how far along ``state`` is; a callback never moves a delivery to a lower rank."""
    return _RANK[state]


def resend_rule(message_class: MessageClass) -> ResendRule:
    """Tell whether a message of this class may be repeated when its outcome stays unknown."""
    return _RESEND[message_class]


def moved(state: DeliveryState, to: DeliveryState) -> DeliveryState:
    """Return ``to`` if the move is allowed; anything else is a bug in the caller."""
    if to not in MOVES[state]:
        raise ValueError(f"a delivery cannot go from {state} to {to}")
    return to


def settled(state: DeliveryState, reported: DeliveryState) -> DeliveryState:
    """Return the state after a provider's report, which may be late, repeated or out of order.

    A report that would go back, or that speaks of a final delivery, changes nothing. Neither does
    a failure while the message waits for its next try: it belongs to the try before.
    """
    if rank(reported) <= rank(state) or reported not in MOVES[state]:
        return state
    if state is DeliveryState.READY and reported is DeliveryState.FAILED:
        return state
    return reported
