"""The port to whoever carries letters: one letter to one address, taken or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file in a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, in plain text. ``key`` names the delivery and comes back in a bounce.

    ``unsubscribe`` is the address that ends these letters with one press, "" when there is none.
    """

    key: str
    to: str
    subject: str
    text: str
    enclosures: tuple[Enclosure, ...] = ()
    unsubscribe: str = ""


class MailCarrier(Protocol):
    """Takes letters; every failure is a `SendError` of core.messaging."""

    @property
    def is_demo(self) -> bool:
        """Tell whether nothing leaves this machine."""
        ...

    def post(self, letter: Letter) -> str:
        """Hand one letter over and return its message id."""
        ...
