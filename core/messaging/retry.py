"""What happens to a delivery after a try: back in line with a delay, set aside, or over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.messaging.channel import (
    Ambiguous,
    Misconfigured,
    OptedOut,
    Reason,
    Receipt,
    RetryLater,
    SendError,
)
from core.messaging.delivery import Delivery, DeliveryState, ResendRule, moved, resend_rule
from core.messaging.outbound import MessageClass

_BASE_SECONDS = 2.0
_CAP_SECONDS = 600.0
# A person has to mend it: look again at this pace, without using up attempts.
_MISCONFIGURED_SECONDS = 300.0

_MAX_ATTEMPTS: dict[MessageClass, int] = {
    MessageClass.REPLY: 5,
    MessageClass.APPROVAL: 4,
    MessageClass.SECURITY: 8,
    MessageClass.ALERT: 8,
    MessageClass.SUMMARY: 6,
    MessageClass.REPORT: 6,
}
# How much slower a provider that cannot be reached is tried once patience is used up.
_SLOWLY = 3
# One later try is worth it, then another channel is.
_MAX_UNREACHABLE = 2


def max_attempts(message_class: MessageClass) -> int:
    """Return how many tries a message of this class gets."""
    return _MAX_ATTEMPTS[message_class]


def backoff_seconds(attempt: int, draw: float) -> float:
    """Return how long to wait after try number ``attempt`` (from 1): exponential, full jitter.

    ``draw`` is a random number in [0, 1): full jitter spreads a crowd over the whole span, so
    that a provider that comes back is not run over.
    """
    if not 0 <= draw < 1:
        raise ValueError("draw is in [0, 1)")
    exponent = min(max(attempt, 1), 30)
    return draw * min(_CAP_SECONDS, _BASE_SECONDS * 2.0**exponent)


def after_receipt(delivery: Delivery, receipt: Receipt) -> Delivery:
    """Return the delivery once the provider has taken it."""
    return replace(
        delivery,
        state=moved(delivery.state, receipt.status),
        provider_message_ids=delivery.provider_message_ids + receipt.provider_message_ids,
        reason="",
    )


def after_error(delivery: Delivery, error: SendError, *, now: datetime, draw: float) -> Delivery:
    """Return the delivery after a try that raised ``error``.

    Being told to slow down, and waiting for the operator, use up time but no attempt; the end
    of patience is the message's own ``expires_at``.
    """
    seen = replace(
        delivery,
        reason=error.reason,
        provider_message_ids=delivery.provider_message_ids + error.accepted,
    )
    if isinstance(error, Ambiguous):
        return _to(seen, DeliveryState.UNKNOWN)
    if isinstance(error, OptedOut):
        return _to(seen, DeliveryState.SUPPRESSED)
    if not isinstance(error, RetryLater | Misconfigured):
        return _to(seen, DeliveryState.FAILED)
    attempts = seen.attempts + (0 if _is_free(error) else 1)
    due_at = now + timedelta(seconds=_wait_seconds(error, attempts, draw))
    if attempts >= _patience(seen.message_class, error.reason) or due_at >= seen.expires_at:
        ended = _to(replace(seen, attempts=attempts), DeliveryState.FAILED)
        # What belongs to one chat cannot go another way; of an alert that is decided later.
        stays_here = resend_rule(seen.message_class) is ResendRule.NEVER
        return outlasting(ended, now=now, draw=draw) if stays_here else ended
    return _to(replace(seen, attempts=attempts, due_at=due_at), DeliveryState.READY)


def outlasting(ended: Delivery, *, now: datetime, draw: float) -> Delivery:
    """Return a delivery that ended because its provider is away as one that waits for it.

    Nothing was sent. It is tried now and then as long as it is worth it; any other end stays.
    """
    tries = max_attempts(ended.message_class)
    due_at = now + timedelta(seconds=backoff_seconds(tries + _SLOWLY, draw))
    if ended.reason != Reason.NOT_CONNECTED or due_at >= ended.expires_at:
        return ended
    return replace(ended, state=DeliveryState.READY, attempts=tries, due_at=due_at)


def after_silence(delivery: Delivery, *, now: datetime) -> Delivery:
    """Return a delivery of unknown outcome after reconciling found nothing.

    Only a class that may repeat goes back in line; any other stays unknown, for a person or the
    user's next message to settle.
    """
    if resend_rule(delivery.message_class) is ResendRule.NEVER or now >= delivery.expires_at:
        return delivery
    attempts = delivery.attempts + 1
    if attempts >= max_attempts(delivery.message_class):
        return _to(replace(delivery, attempts=attempts), DeliveryState.FAILED)
    return _to(replace(delivery, attempts=attempts, due_at=now), DeliveryState.READY)


def _to(delivery: Delivery, state: DeliveryState) -> Delivery:
    return replace(delivery, state=moved(delivery.state, state))


def _is_free(error: SendError) -> bool:
    return isinstance(error, Misconfigured) or error.reason is Reason.RATE_LIMITED


def _patience(message_class: MessageClass, reason: Reason) -> int:
    return _MAX_UNREACHABLE if reason is Reason.UNREACHABLE else max_attempts(message_class)


def _wait_seconds(error: SendError, attempts: int, draw: float) -> float:
    if isinstance(error, Misconfigured):
        return _MISCONFIGURED_SECONDS * (1 + draw)
    jitter = backoff_seconds(attempts, draw)
    return jitter if error.after_seconds is None else error.after_seconds + min(jitter, 5.0)
