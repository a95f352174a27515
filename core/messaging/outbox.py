"""A message in the outbox: what goes out, where, how urgent it is, and how long it is worth it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.messaging.address import Address
from core.messaging.delivery import Delivery
from core.messaging.outbound import (
    Attachment,
    AttachmentKind,
    Choice,
    MessageClass,
    OutboundMessage,
)
from core.stored import known


class Lane(StrEnum):
    """Two queues through one table, so that a thousand alerts never hold up an answer."""

    URGENT = "urgent"
    BULK = "bulk"


_LANES: Mapping[Lane, tuple[MessageClass, ...]] = {
    Lane.URGENT: (MessageClass.SECURITY, MessageClass.APPROVAL, MessageClass.REPLY),
    Lane.BULK: (MessageClass.ALERT, MessageClass.SUMMARY, MessageClass.REPORT),
}

_OF_THE_SENDING = frozenset({"approved", "subject", "unsubscribe"})

# How long after it was written a message is still worth sending.
_LIFE: Mapping[MessageClass, timedelta] = {
    MessageClass.REPLY: timedelta(hours=1),
    MessageClass.APPROVAL: timedelta(hours=24),
    MessageClass.SECURITY: timedelta(minutes=10),
    MessageClass.ALERT: timedelta(hours=36),
    MessageClass.SUMMARY: timedelta(hours=12),
    MessageClass.REPORT: timedelta(days=3),
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be stored for sending.

    ``owner`` is the user it is about, or the system for a chat that is not linked.
    ``dedupe_key`` makes storing it twice harmless; ``position`` orders the messages of one turn.
    """

    owner: str
    conversation_id: str
    address: Address
    message: OutboundMessage
    dedupe_key: str
    due_at: datetime
    turn_id: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A stored message and where its delivery stands.

    ``epoch`` counts claims and fences them: what a worker records is kept only while the row
    still has the epoch of that worker's claim. ``repeat`` says that an earlier try may have
    arrived, which the reader is told. ``trace`` is where the turn that wrote it stands in a trace.
    """

    owner: str
    conversation_id: str
    turn_id: str | None
    delivery: Delivery
    message: OutboundMessage
    epoch: int
    created_at: datetime
    lease_until: datetime | None = None
    repeat: bool = False
    trace: str = ""

    @property
    def id(self) -> str:
        """The outbox id, which is also the key the provider is given."""
        return self.delivery.key


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, how much is in doubt or dead, and how old the oldest due message is."""

    ready: int
    sending: int
    unknown: int
    failed: int
    oldest_seconds: int


def lane_classes(lane: Lane) -> tuple[MessageClass, ...]:
    """Return the classes that travel in ``lane``, most urgent first."""
    return _LANES[lane]


def expires_at(message: OutboundMessage, *, created_at: datetime) -> datetime:
    """Return when ``message`` is no longer worth sending."""
    life = _LIFE[message.message_class]
    if message.valid_seconds is not None:
        life = min(life, timedelta(seconds=message.valid_seconds))
    return created_at + life


def draw(key: str, epoch: int) -> float:
    """Return a number in [0, 1) for the jitter of one retry, made from its own name.

    Different deliveries get different numbers, which is all that jitter needs, and the same one
    always waits the same: a test or a replay sees what happened.
    """
    digest = hashlib.sha256(f"{key}:{epoch}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def with_parts_sent(message: OutboundMessage, count: int) -> OutboundMessage:
    """Return ``message`` to be continued after ``count`` provider messages of it went out."""
    return replace(message, parts_sent=count)


def with_button_ids(message: OutboundMessage, outbox_id: str) -> OutboundMessage:
    """Give each choice without one the id behind its button: this message, this position.

    A press is looked up in the very message it hangs on, so a forged id means nothing.
    """
    choices = tuple(
        replace(choice, data=choice.data or f"{outbox_id}/{place}")
        for place, choice in enumerate(message.choices)
    )
    return replace(message, choices=choices)


def message_to_json(message: OutboundMessage) -> dict[str, Any]:
    """Write a message as plain JSON values; how it is dressed is chosen anew at each sending."""
    written = asdict(replace(message, approved=None))
    return {name: value for name, value in written.items() if name not in _OF_THE_SENDING}


def message_from_json(data: Mapping[str, Any]) -> OutboundMessage:
    """Read what `message_to_json` wrote."""
    attachments = (
        Attachment(**{**known(Attachment, item), "kind": AttachmentKind(item["kind"])})
        for item in data["attachments"]
    )
    return OutboundMessage(
        text=data["text"],
        choices=tuple(Choice(**known(Choice, item)) for item in data["choices"]),
        attachments=tuple(attachments),
        message_class=MessageClass(data["message_class"]),
        valid_seconds=data["valid_seconds"],
        parts_sent=data["parts_sent"],
        closed=data.get("closed", False),
        announces=data.get("announces", ""),
        as_links=data.get("as_links", False),
        last_word=data.get("last_word", False),
        tried=tuple(data.get("tried", ())),
    )
