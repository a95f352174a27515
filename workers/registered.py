"""Text messages to countries whose carriers deliver only what was registered word for word."""

from __future__ import annotations

from dataclasses import replace

from core.messaging.address import Address, ChannelName
from core.messaging.channel import Reason, send_error
from core.messaging.outbound import OutboundMessage
from prompts.gsm import fold
from prompts.phrasebook import Phrasebook
from workers.context import JobContext

# India: TCCCPR 2018, as amended in February 2025. A differing character drops the message.
_PREFIXES = ("+91",)


def wants_registered(address: Address) -> bool:
    """Tell whether a text message may only go to this number in registered words."""
    return address.channel is ChannelName.SMS and address.path.startswith(_PREFIXES)


def in_registered_words(
    context: JobContext, book: Phrasebook, message: OutboundMessage
) -> OutboundMessage:
    """Return the message as the fixed text of its class: never its own words, files or choices.

    Raises `SendError` (`UNREGISTERED`) for a text the operator has not registered, which lets the
    message go to another chat of its user.
    """
    name = message.message_class.value
    if f"{name}.{book.lang}" not in context.registered_texts or not context.address:
        raise send_error(Reason.UNREGISTERED, code="not_registered")
    text = fold(book.render(f"dlt.{name}", {"link": context.address}, "sms"))
    return replace(message, text=text, choices=(), attachments=())
