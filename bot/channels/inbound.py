"""What every way in has in common: a raw request becomes neutral items, and those are stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.messaging.inbound import Ignored, InboundMessage, StatusUpdate, Stored
from core.messaging.mask import cleaned

_log = logging.getLogger(__name__)

Item = InboundMessage | StatusUpdate | Ignored
Accept = Callable[[InboundMessage], Stored]
RecordStatus = Callable[[StatusUpdate], None]


@runtime_checkable
class Inbox(Protocol):
    """Stores in the background: many requests wait for one commit, and no thread for each."""

    def submit(self, message: InboundMessage) -> Future[Stored]:
        """Put a message in line; the future is done once it is durable."""
        ...


class BadSignature(Exception):
    """The request does not prove that it comes from the provider."""


class Unreadable(Exception):
    """The request is from the provider but is no payload of its kind."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came over the wire: nothing decoded, so that a signature can be checked.

    ``target`` is the path with its raw query; header names are lower case.
    """

    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """The items of one request; ``acknowledge`` tells the sender's screen that it arrived.

    `acknowledge` is called once everything is stored; it must not wait and must not raise.
    """

    items: tuple[Item, ...]
    acknowledge: Callable[[], None] | None = None


class InboundAdapter(Protocol):
    """One provider's way in."""

    @property
    def path(self) -> str:
        """The path its requests are posted to."""
        ...

    @property
    def answer(self) -> tuple[bytes, str]:
        """The body and media type of a successful answer."""
        ...

    def parse(self, request: RawRequest) -> Parsed:
        """Verify and read a request; raise `BadSignature` or `Unreadable`."""
        ...


def receive(parsed: Parsed, accept: Accept, record_status: RecordStatus) -> tuple[Stored, ...]:
    """Store every item of a request; the one door that all inbound messages go through.

    Card numbers are cut out here, before anything is written. Raises whatever storing raised:
    then the provider must be told to come again, and what was stored already is a duplicate.
    """
    stored = tuple(_store(parsed.items, accept, record_status))
    if parsed.acknowledge is not None:
        parsed.acknowledge()
    return stored


def _store(items: Iterable[Item], accept: Accept, record_status: RecordStatus) -> Iterable[Stored]:
    for item in items:
        match item:
            case InboundMessage():
                yield accept(cleaned(item))
            case StatusUpdate():
                record_status(item)
            case Ignored(reason=reason):
                _log.debug("ignored an inbound event: %s", reason)
