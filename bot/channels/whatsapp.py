"""WhatsApp through Twilio: text, numbered choices, files by link; presses come in as buttons."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.channels.split import split_text, utf16_width, with_numbers
from bot.channels.twilio_client import TwilioMessages
from bot.channels.twilio_form import Form, event_id, files_of, keyword_of, kind_of, sender
from bot.channels.twilio_found import SentPart, found_parts
from bot.channels.twilio_send import SignLink, TwilioSender, send_parts
from core.messaging.address import Address, AddressUnreadable, ChannelName
from core.messaging.channel import ChannelLimits, Found, Receipt
from core.messaging.inbound import Ignored, InboundFile, InboundKind, InboundMessage
from core.messaging.outbound import AttachmentKind, OutboundMessage

_MEGABYTE = 1024 * 1024


def parse_whatsapp(form: Form, query: str) -> InboundMessage | Ignored:  # noqa: ARG001
    """Read an inbound WhatsApp message; ``query`` says nothing here.

    The sender is an opaque id: a phone number, or a business-scoped id for people with a user
    name. A press is known by its payload; its label could be typed by anybody.
    """
    sid, address = event_id(form), sender(form, ChannelName.WHATSAPP)
    if not sid or address is None:
        return Ignored("nobody_to_answer")
    files = files_of(form)
    button = form.get("ButtonPayload", "ListId")
    return InboundMessage(
        provider_event_id=sid,
        address=address,
        kind=_kind(form, files, button),
        text="" if button else form.get("Body"),
        button=button,
        reply_to=form.get("OriginalRepliedMessageSid") or None,
        files=files,
        forwarded=form.flag("Forwarded") or form.flag("FrequentlyForwarded"),
        display_name=form.get("ProfileName"),
        keyword=keyword_of(form),
        also_known_as=_other_address(form, address),
    )


def _kind(form: Form, files: tuple[InboundFile, ...], button: str) -> InboundKind:
    if button:
        return InboundKind.BUTTON
    if not files and not form.get("Body"):
        return InboundKind.IGNORED  # a location, a reaction, a sticker we were not given
    return kind_of(files)


def _other_address(form: Form, address: Address) -> Address | None:
    """Return the sender's other id on WhatsApp, when Twilio tells both."""
    told = form.get("ExternalUserIdentifier").removeprefix("whatsapp:")
    try:
        other = Address(ChannelName.WHATSAPP, told)
    except AddressUnreadable:
        return None
    return None if other == address else other


class WhatsAppChannel:
    """Sends WhatsApp messages: in words of our own, or in those of a template.

    A template is the only thing that goes out outside of the 24-hour window, and then alone: with
    a text or a file beside it Twilio refuses both. Whoever hands a message over has chosen it.
    """

    name = ChannelName.WHATSAPP
    limits = ChannelLimits(
        text=1600,
        caption=1024,
        buttons=0,
        button_label=20,
        file_bytes=16 * _MEGABYTE,
        edits=False,
    )

    def __init__(
        self, messages: TwilioMessages, sender: TwilioSender, *, sign_link: SignLink
    ) -> None:
        self._messages = messages
        self._sender = sender
        self._sign_link = sign_link

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        """Send text first, then each file by its signed link."""
        to = f"whatsapp:{address.path}"
        common = {"to": to, **self._sender.fields(message, key=key)}
        parts = [{**common, **part} for part in self._parts(message)]
        return send_parts(self._messages, parts, skip=message.parts_sent)

    def look_up(
        self, message: OutboundMessage, address: Address, *, is_taken: Callable[[str], bool]
    ) -> Found | None:
        """Ask Twilio for the parts of this message that may have gone to this person."""
        unsent = self._parts(message)[message.parts_sent :]
        parts = [SentPart(part.get("body", ""), "media_url" in part) for part in unsent]
        return found_parts(self._messages.sent_to(f"whatsapp:{address.path}"), parts, is_taken)

    def _parts(self, message: OutboundMessage) -> list[dict[str, Any]]:
        if message.approved is not None:
            filled = json.dumps(dict(message.approved.variables), ensure_ascii=False)
            return [{"content_sid": message.approved.content_id, "content_variables": filled}]
        text = with_numbers(message.text, message.choices)
        media = [[self._sign_link(each)] for each in message.attachments]
        if message.as_links:
            text, media = "\n".join([text, *(each[0] for each in media)]), []
        if len(media) == 1 and self._is_caption(text, message.attachments[0].kind):
            return [{"body": text, "media_url": media[0]}]
        # Documents carry no caption on WhatsApp, so the words go first.
        bodies = split_text(text, self.limits.text, utf16_width)
        return [{"body": body} for body in bodies] + [{"media_url": each} for each in media]

    def _is_caption(self, text: str, kind: AttachmentKind) -> bool:
        return kind is AttachmentKind.IMAGE and 0 < utf16_width(text) <= self.limits.caption
