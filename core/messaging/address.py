"""Where a message comes from or goes to: a channel and a path, as one value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import FinanceError


class ChannelName(StrEnum):
    """A way to talk with a user."""

    WEB = "web"
    TERMINAL = "terminal"
    TELEGRAM = "telegram"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"  # only out: nobody answers a letter of ours here


class AddressUnreadable(FinanceError):
    """The text is not an address of a channel we know."""

    code = "address.unreadable"


# A WhatsApp id may be a phone number or a business-scoped id ("US.1349..."), which is opaque:
# never read it as a number. SMS senders may be short codes without a plus.
_OPAQUE = re.compile(r"[A-Za-z0-9_.@+-]{1,128}")
_PATHS: dict[ChannelName, re.Pattern[str]] = {
    ChannelName.WEB: _OPAQUE,
    ChannelName.TERMINAL: _OPAQUE,
    ChannelName.TELEGRAM: re.compile(r"[1-9][0-9]{0,19}"),
    ChannelName.SMS: re.compile(r"\+[1-9][0-9]{6,14}|[1-9][0-9]{2,7}"),
    ChannelName.EMAIL: re.compile(
        r"(?=.{5,128}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
        r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
    ),
    ChannelName.WHATSAPP: re.compile(r"\+[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128}"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A channel and the path on it: ``telegram:123``, ``sms:+15550100``, ``whatsapp:US.13``.

    It says where to send, not who that is: a user is found through a verified binding.
    """

    channel: ChannelName
    path: str

    def __post_init__(self) -> None:
        """Refuse a path that this channel cannot have."""
        if not _PATHS[self.channel].fullmatch(self.path):
            raise AddressUnreadable(channel=self.channel)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read what `show` wrote; raise `AddressUnreadable`."""
        scheme, colon, path = text.partition(":")
        if not colon or scheme not in set(ChannelName):
            raise AddressUnreadable(channel=scheme[:16])
        return cls(ChannelName(scheme), path)

    def show(self) -> str:
        """Write the address as one word; `parse` reads it back."""
        return f"{self.channel}:{self.path}"

    def masked(self) -> str:
        """Write it for logs and screens of others: the channel and the last two characters."""
        return f"{self.channel}:..{self.path[-2:]}"

    def __str__(self) -> str:
        """Write the masked form, so that a careless log line shows no phone number."""
        return self.masked()
