"""E-mail as a channel: only out, plain text, files enclosed, an end of it in every letter."""

from __future__ import annotations

from collections.abc import Callable

from core.connect.mail import Enclosure, Letter, MailCarrier
from core.errors import FinanceError
from core.messaging.address import Address, ChannelName
from core.messaging.channel import ChannelLimits, Reason, Receipt, send_error
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import Attachment, OutboundMessage

_MEGABYTE = 1024 * 1024

LoadFile = Callable[[Attachment], bytes]


class EmailChannel:
    """Sends letters through a carrier."""

    name = ChannelName.EMAIL
    limits = ChannelLimits(
        text=100_000,
        caption=0,
        buttons=0,
        button_label=0,
        file_bytes=10 * _MEGABYTE,
        edits=False,
    )

    def __init__(self, carrier: MailCarrier, *, load_file: LoadFile) -> None:
        self._carrier = carrier
        self._load_file = load_file

    @property
    def is_demo(self) -> bool:
        """Tell whether letters only become files here."""
        return self._carrier.is_demo

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        """Send one letter; its message id holds ``key``, which a bounce quotes."""
        letter = Letter(
            key=key,
            to=address.path,
            subject=message.subject,
            text=message.text,
            enclosures=tuple(self._enclosed(file) for file in message.attachments),
            unsubscribe=message.unsubscribe,
        )
        return Receipt((self._carrier.post(letter),), DeliveryState.ACCEPTED)

    def _enclosed(self, file: Attachment) -> Enclosure:
        """Return a file of the letter; one that is missing or too large certainly did not go."""
        try:
            content = self._load_file(file)
        except (FinanceError, OSError):
            raise send_error(Reason.MEDIA_REFUSED, code="no_file") from None
        if len(content) > self.limits.file_bytes:
            raise send_error(Reason.MEDIA_REFUSED, code="too_large")
        return Enclosure(file.name, file.media_type, content)
