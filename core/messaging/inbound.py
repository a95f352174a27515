"""What came in from a channel, neutral of its provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.messaging.address import Address, ChannelName
from core.messaging.channel import Reason
from core.messaging.delivery import DeliveryState
from core.messaging.opt_out import Keyword


class InboundKind(StrEnum):
    """What kind of thing a user sent."""

    TEXT = "text"
    BUTTON = "button"
    FILE = "file"
    VOICE = "voice"
    PICTURE = "picture"
    COMMAND = "command"
    CONTACT = "contact"
    MEMBERSHIP = "membership"
    IGNORED = "ignored"  # stored so that it is seen, but nothing answers it (a sticker)


class Membership(StrEnum):
    """Whether the bot may still write to a chat."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that waits at the provider; ``ref`` is what its `FileSource` fetches it by."""

    ref: str
    name: str
    media_type: str
    size: int = 0  # bytes; 0 when the provider does not say
    seconds: int = 0  # of a recording; 0 when the provider does not say


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One event from one user.

    ``provider_event_id`` is unique in a channel and never seen twice with another meaning: it
    is the key that makes a redelivery harmless. ``button`` is the opaque id of a pressed button
    (treat it as forgeable: look it up with the user). ``reply_to`` is the provider's id of our
    message that was answered. ``forwarded`` text was written by somebody else: never an
    approval, never a command. ``display_name`` is what the sender calls himself: never identity.
    ``keyword`` is set when the carrier has already acted on the text. ``masked`` counts the card
    numbers that were cut out before anything was stored. ``also_known_as`` is another address of
    the same sender by the provider's word (a number beside a business-scoped id). ``handle`` is
    the provider's id of the message itself, where the chat lets us remove it. ``language`` is
    the one that the sender's app is set to ("" when it does not say). ``trace`` is the place of its
    request in a trace (`core.tracing.carrier`), "" without one.
    """

    provider_event_id: str
    address: Address
    kind: InboundKind
    text: str = ""
    button: str = ""
    reply_to: str | None = None
    files: tuple[InboundFile, ...] = ()
    forwarded: bool = False
    edited: bool = False
    sent_at: datetime | None = None
    display_name: str = ""
    keyword: Keyword | None = None
    membership: Membership | None = None
    masked: int = 0
    also_known_as: Address | None = None
    handle: str = ""
    language: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What a provider says became of a message we sent.

    ``delivery_key`` is our own key, when the provider gave it back: it finds the delivery even
    if the answer to the send was lost. ``reason`` says in our words why it failed.
    """

    provider_message_id: str
    delivery_key: str | None
    status: DeliveryState
    error_code: str | None = None
    reason: Reason | None = None
    channel: ChannelName = ChannelName.SMS


@dataclass(frozen=True, slots=True)
class Ignored:
    """Noise: answered with success, so that the provider does not send it again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is stored, for the first time."""

    inbound_id: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The message was stored before; nothing changed."""

    inbound_id: str = ""


Stored = Accepted | Duplicate
