"""What to say to a user, neutral of the channel that says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class MessageClass(StrEnum):
    """Why a message is sent, which decides how often it is tried and whether it may repeat."""

    REPLY = "reply"
    APPROVAL = "approval"
    ALERT = "alert"
    SUMMARY = "summary"
    REPORT = "report"
    SECURITY = "security"


class AttachmentKind(StrEnum):
    """How a channel shows a file."""

    PDF = "pdf"
    IMAGE = "image"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer offered with one tap or one number.

    ``send`` is what counts as typed when it is chosen by number; ``data`` is the opaque id
    behind a button (at most 64 bytes, no amounts, no user ids).
    """

    label: str
    send: str
    data: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send; ``object_key`` finds its bytes or its signed link."""

    kind: AttachmentKind
    name: str
    object_key: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Approved:
    """The words of a message in a template that the provider keeps: its id, and what fills it."""

    content_id: str
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one address, already written in the user's language.

    ``valid_seconds`` bounds how long a carrier may hold it (an approval's life). ``parts_sent``
    is how many provider messages of it an earlier attempt got out: sending goes on from there.
    ``approved`` says the same through a template, where the channel wants one; it is chosen when
    the message is sent and never kept. ``closed`` is set once the provider has said that this
    address takes templates only; ``announces`` is the id of the message that this one says waits.
    ``as_links`` has files written as links, after the provider has refused to carry them.
    ``last_word`` is the one answer to a stop, which goes out although the address has stopped.
    A letter has a ``subject`` and the link that ends such letters, both written as it is sent.
    ``tried`` are channels on which it has failed already.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    message_class: MessageClass = MessageClass.REPLY
    valid_seconds: int | None = None
    parts_sent: int = 0
    approved: Approved | None = None
    closed: bool = False
    announces: str = ""
    as_links: bool = False
    last_word: bool = False
    subject: str = ""
    unsubscribe: str = ""
    tried: tuple[str, ...] = ()


def with_button_ids(message: OutboundMessage, key: str) -> OutboundMessage:
    """Give every choice the opaque id its button carries: this delivery and its place in it.

    The id says nothing by itself: a press is looked up in the conversation it came from.
    """
    choices = tuple(
        replace(choice, data=f"{key}/{place}") for place, choice in enumerate(message.choices)
    )
    return replace(message, choices=choices)
