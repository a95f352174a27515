"""A payee the user saved: the only one money can be sent to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import FinanceError
from core.ids import UserId

ACTION = "add_contact"
# A payee that was added just now is not paid yet: time to notice what somebody else added.
COOL_OFF = timedelta(hours=24)
MOST = 200


class ContactUnknown(FinanceError):
    """The user has saved no payee of this name."""

    code = "contact.unknown"


class ContactTooNew(FinanceError):
    """It was added less than a day ago."""

    code = "contact.too_new"


class ContactUnfit(FinanceError):
    """The name or the number is not one that a payee can have."""

    code = "contact.unfit"


@dataclass(frozen=True, slots=True)
class Contact:
    """One payee. ``number`` is where money goes, as the user typed it; it is never shown whole."""

    id: int
    user_id: UserId
    name: str
    number: str
    created_at: datetime
    usable_at: datetime
    active: bool = True

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"contact:{self.id}"

    @property
    def last4(self) -> str:
        """The last signs of the number, which tell two of one name apart."""
        return self.number[-4:]

    @property
    def shown(self) -> str:
        """Name and last signs, as every message shows a payee."""
        return f"{self.name} *{self.last4}"


def meant(words: str, contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """Return who may be meant: the whole name, else its first words, else its last signs."""
    listed = tuple(contacts)
    said = _plain(words)
    whole = tuple(one for one in listed if _plain(one.name) == said)
    begins = tuple(one for one in listed if f"{_plain(one.name)} ".startswith(f"{said} "))
    ends = tuple(one for one in listed if said and one.last4.casefold() == said.lstrip("*"))
    return whole or begins or ends


def tidy_number(text: str) -> str:
    """Return a number without its spaces; raise `ContactUnfit` for what cannot be one."""
    number = "".join(sign for sign in text.upper() if sign.isalnum() or sign in "+@.")
    if not 6 <= len(number) <= 40 or not any(sign.isdigit() for sign in number):
        raise ContactUnfit
    return number


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
