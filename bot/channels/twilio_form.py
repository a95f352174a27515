"""Reads Twilio's form posts into neutral records; knows no Twilio library."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, parse_qsl

from bot.channels.inbound import Unreadable
from bot.channels.twilio_tables import STATUSES, reason_of
from core.messaging.address import Address, AddressUnreadable, ChannelName
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import Ignored, InboundFile, InboundKind, StatusUpdate
from core.messaging.opt_out import Keyword

_MAX_FIELDS = 500
_MAX_FILES = 10
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_OPT_OUT = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}


class Form:
    """The fields of a form post: every one kept, blank ones too, as the signature needs them."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Keep ``pairs`` in order; a name may come more than once."""
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    @classmethod
    def read(cls, body: bytes) -> Form:
        """Read an URL-encoded body; raise `Unreadable` when it has absurdly many fields."""
        try:
            text = body.decode("utf-8", "replace")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
        except ValueError:
            raise Unreadable from None
        return cls(pairs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def getlist(self, name: str) -> list[str]:
        """Return every value of ``name``."""
        return self._values.get(name, [])

    def get(self, *names: str) -> str:
        """Return the first value that is not blank, "" when there is none."""
        for name in names:
            for value in self.getlist(name):
                if value.strip():
                    return value
        return ""

    def number(self, name: str) -> int | None:
        """Return a small whole number, or None when ``name`` holds none."""
        value = self.get(name)
        return int(value) if len(value) <= 9 and value.isascii() and value.isdigit() else None

    def flag(self, name: str) -> bool:
        """Tell whether ``name`` says true."""
        return self.get(name).lower() == "true"


def event_id(form: Form) -> str:
    """Return the one id that stays the same when Twilio sends the message again."""
    return form.get("MessageSid", "SmsMessageSid", "SmsSid")


def sender(form: Form, channel: ChannelName) -> Address | None:
    """Return who wrote, or None when that is nobody we could answer on this channel."""
    written = form.get("From").strip()
    scheme, colon, path = written.partition(":")
    if channel is ChannelName.WHATSAPP and not (colon and scheme == "whatsapp"):
        return None
    try:
        return Address(channel, path if channel is ChannelName.WHATSAPP else written)
    except AddressUnreadable:
        return None


def keyword_of(form: Form) -> Keyword | None:
    """Return what Twilio says it did about an opt-out word."""
    return _OPT_OUT.get(form.get("OptOutType").upper())


def files_of(form: Form) -> tuple[InboundFile, ...]:
    """Return the media of a message; Twilio tells neither names nor sizes."""
    files = []
    for index in range(min(form.number("NumMedia") or 0, _MAX_FILES)):
        media_type = form.get(f"MediaContentType{index}").partition(";")[0].strip().lower()
        name = f"file-{index + 1}{mimetypes.guess_extension(media_type) or ''}"
        if url := form.get(f"MediaUrl{index}"):
            files.append(InboundFile(url, name, media_type))
    return tuple(files)


def kind_of(files: Sequence[InboundFile]) -> InboundKind:
    """Return what a message with these files is."""
    if not files:
        return InboundKind.TEXT
    if files[0].media_type in _CARDS:
        return InboundKind.CONTACT
    family = files[0].media_type.partition("/")[0]
    families = {"audio": InboundKind.VOICE, "image": InboundKind.PICTURE}
    return families.get(family, InboundKind.FILE)


def parse_status(form: Form, query: str) -> StatusUpdate | Ignored:
    """Read a status callback; our own delivery key comes back in its query."""
    sid = event_id(form)
    status = STATUSES.get(form.get("MessageStatus", "SmsStatus").lower())
    if not sid or status is None:
        return Ignored("status_unknown")
    keys = parse_qs(query).get("key", [])
    failed = status is DeliveryState.FAILED
    return StatusUpdate(
        provider_message_id=sid,
        delivery_key=keys[0] if keys else None,
        status=status,
        error_code=form.get("ErrorCode") or None,
        reason=reason_of(form.number("ErrorCode")) if failed else None,
        channel=_channel_of(form.get("To")),
    )


def _channel_of(receiver: str) -> ChannelName:
    return ChannelName.WHATSAPP if receiver.startswith("whatsapp:") else ChannelName.SMS
