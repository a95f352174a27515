"""What Twilio's error numbers and status words mean in ours."""

from __future__ import annotations

from core.messaging.channel import Reason
from core.messaging.delivery import DeliveryState

ERRORS: dict[int, Reason] = {
    20003: Reason.CREDENTIALS,
    20429: Reason.RATE_LIMITED,
    21211: Reason.BAD_ADDRESS,
    21212: Reason.SENDER,
    21408: Reason.ROUTE_CLOSED,
    21603: Reason.SENDER,
    21606: Reason.SENDER,
    21609: Reason.SENDER,  # the callback address is not a public one
    21610: Reason.OPTED_OUT,
    21611: Reason.QUEUE_FULL,
    21612: Reason.ROUTE_CLOSED,
    21614: Reason.BAD_ADDRESS,
    21617: Reason.TOO_LONG,
    21620: Reason.MEDIA_REFUSED,
    30001: Reason.QUEUE_FULL,
    30003: Reason.UNREACHABLE,
    30004: Reason.FILTERED,
    30005: Reason.BAD_ADDRESS,
    30006: Reason.BAD_ADDRESS,
    30007: Reason.FILTERED,
    30008: Reason.REFUSED,
    30034: Reason.UNREGISTERED,
    30036: Reason.EXPIRED,
    60202: Reason.RATE_LIMITED,
    60203: Reason.RATE_LIMITED,
    63003: Reason.NOT_ON_CHANNEL,
    63013: Reason.MEDIA_REFUSED,
    63016: Reason.OUTSIDE_WINDOW,
    63017: Reason.RATE_LIMITED,
    63018: Reason.RATE_LIMITED,
    63019: Reason.MEDIA_REFUSED,
    63021: Reason.MEDIA_REFUSED,
    63024: Reason.NOT_ON_CHANNEL,
    63040: Reason.TEMPLATE_HELD,  # rejected
    63041: Reason.TEMPLATE_HELD,  # paused
    63042: Reason.TEMPLATE_HELD,  # disabled
}

# Codes that say how long to wait without a header.
WAIT_SECONDS: dict[int, float] = {60202: 600.0, 60203: 600.0}

# What the answer to a send, or a later callback, says. Words about inbound messages
# ("receiving", "received") are none of a delivery's business and are not listed.
STATUSES: dict[str, DeliveryState] = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.ACCEPTED,
    "partially_delivered": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


def reason_of(code: int | None, status: int = 400) -> Reason:
    """Return our reason for an error number and the HTTP status it came with.

    From 500 on nobody knows whether the message was taken, whatever the number says.
    """
    if status >= 500:
        return Reason.SERVER_ERROR
    if code in ERRORS:
        return ERRORS[code]
    if status == 429:
        return Reason.RATE_LIMITED
    if status in {401, 403}:
        return Reason.CREDENTIALS
    return Reason.REFUSED
