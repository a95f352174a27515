"""Text messages through Twilio: plain text, numbered choices, links instead of files."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.split import split_text, with_numbers
from bot.channels.twilio_client import TwilioMessages
from bot.channels.twilio_form import Form, event_id, files_of, keyword_of, kind_of, sender
from bot.channels.twilio_found import SentPart, found_parts
from bot.channels.twilio_send import SignLink, TwilioSender, send_parts
from core.messaging.address import Address, ChannelName
from core.messaging.channel import ChannelLimits, Found, Receipt
from core.messaging.inbound import Ignored, InboundMessage
from core.messaging.opt_out import classify_keyword
from core.messaging.outbound import OutboundMessage


def parse_sms(form: Form, query: str) -> InboundMessage | Ignored:  # noqa: ARG001
    """Read an inbound text message; ``query`` says nothing here."""
    sid, address = event_id(form), sender(form, ChannelName.SMS)
    if not sid or address is None:
        return Ignored("nobody_to_answer")
    text, files = form.get("Body"), files_of(form)
    return InboundMessage(
        provider_event_id=sid,
        address=address,
        kind=kind_of(files),
        text=text,
        files=files,
        keyword=keyword_of(form) or classify_keyword(text),
    )


class SmsChannel:
    """Sends text messages."""

    name = ChannelName.SMS
    limits = ChannelLimits(
        text=1600, caption=0, buttons=0, button_label=0, file_bytes=0, edits=False
    )

    def __init__(
        self, messages: TwilioMessages, sender: TwilioSender, *, sign_link: SignLink
    ) -> None:
        self._messages = messages
        self._sender = sender
        self._sign_link = sign_link

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        """Send the text, its choices as numbers and its files as links."""
        common = {"to": address.path, **self._sender.fields(message, key=key)}
        parts = [{**common, "body": body} for body in self._bodies(message)]
        return send_parts(self._messages, parts, skip=message.parts_sent)

    def look_up(
        self, message: OutboundMessage, address: Address, *, is_taken: Callable[[str], bool]
    ) -> Found | None:
        """Ask Twilio for the parts of this message that may have gone to this number."""
        parts = [SentPart(body) for body in self._bodies(message)[message.parts_sent :]]
        return found_parts(self._messages.sent_to(address.path), parts, is_taken)

    def _bodies(self, message: OutboundMessage) -> tuple[str, ...]:
        text = with_numbers(message.text, message.choices)
        links = [self._sign_link(attachment) for attachment in message.attachments]
        return split_text("\n".join([text, *links]), self.limits.text)
