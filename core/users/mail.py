"""A user's e-mail address for reports and notices: proved by a code, and what can go wrong."""

from __future__ import annotations

from datetime import timedelta

from core.errors import FinanceError
from core.messaging.address import Address, AddressUnreadable, ChannelName

ACTION = "add_email"
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES_A_DAY = 5


class MailAddressUnreadable(FinanceError):
    """The text is no e-mail address."""

    code = "mail.address_unreadable"


class MailCodeNotAsked(FinanceError):
    """No code waits for this user."""

    code = "mail.code_not_asked"


class MailCodeExpired(FinanceError):
    """The code is over: too late, or after too many wrong ones."""

    code = "mail.code_expired"


class MailCodesTooMany(FinanceError):
    """So many codes are not sent in a day."""

    code = "mail.codes_too_many"


class MailOff(FinanceError):
    """No letters are sent by this installation."""

    code = "mail.off"


def mail_address(text: str) -> Address:
    """Read an address as a user types it: its host in small letters; raise when it is none."""
    name, at, host = text.strip().strip("<>.,;").rpartition("@")
    try:
        return Address(ChannelName.EMAIL, f"{name}{at}{host.lower()}")
    except AddressUnreadable:
        raise MailAddressUnreadable from None


def masked_address(address: str) -> str:
    """Show enough of an address to be recognised by its owner."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}"
