"""What both of Twilio's channels share when they send: the sender, and messages of many parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.channels.twilio_client import TwilioMessages
from core.messaging.channel import Reason, Receipt, SendError, send_error
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import Attachment, OutboundMessage

SignLink = Callable[[Attachment], str]

_MAX_VALIDITY = 36_000  # seconds
_MIN_VALIDITY = 5


@dataclass(frozen=True, slots=True)
class TwilioSender:
    """Who a message is from, and what Twilio calls back.

    ``source`` is a number or a Messaging Service (``MG...``), which brings opt-out handling and
    a pool of numbers. ``status_url`` is where reports go; each carries the delivery's key.
    """

    source: str
    status_url: str

    def fields(self, message: OutboundMessage, *, key: str) -> dict[str, Any]:
        """Return the arguments that every message of this sender has."""
        fields: dict[str, Any] = {}
        service = self.source.startswith("MG")
        fields["messaging_service_sid" if service else "from_"] = self.source
        if self.status_url:
            fields["status_callback"] = f"{self.status_url}?key={quote(key, safe='')}"
        if message.valid_seconds is not None:
            fields["validity_period"] = max(
                _MIN_VALIDITY, min(message.valid_seconds, _MAX_VALIDITY)
            )
        return fields


def send_parts(messages: TwilioMessages, parts: list[dict[str, Any]], *, skip: int) -> Receipt:
    """Send the parts of one message in order; an error says which ones did go out."""
    if not parts:
        raise send_error(Reason.REFUSED, code="empty")
    receipts: list[Receipt] = []
    for fields in parts[skip:]:
        try:
            receipts.append(messages.create(fields))
        except SendError as error:
            error.accepted = tuple(sid for each in receipts for sid in each.provider_message_ids)
            raise
    sids = tuple(sid for each in receipts for sid in each.provider_message_ids)
    return Receipt(sids, receipts[-1].status if receipts else DeliveryState.ACCEPTED)
