"""A way to send, and the small family of reasons why a send did not work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from core.errors import FinanceError
from core.messaging.address import Address, ChannelName
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import OutboundMessage


class Reason(StrEnum):
    """Why a message did not go out or did not arrive, in words of no provider."""

    RATE_LIMITED = "rate_limited"
    QUEUE_FULL = "queue_full"
    NOT_CONNECTED = "not_connected"
    UNREACHABLE = "unreachable"
    BAD_ADDRESS = "bad_address"
    BLOCKED = "blocked"
    NOT_ON_CHANNEL = "not_on_channel"
    OPTED_OUT = "opted_out"
    EXPIRED = "expired"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    FILTERED = "filtered"
    MEDIA_REFUSED = "media_refused"
    OUTSIDE_WINDOW = "outside_window"
    TEMPLATE_HELD = "template_held"  # refused, paused or disabled by who approves templates
    ROUTE_CLOSED = "route_closed"
    UNREGISTERED = "unregistered"
    REFUSED = "refused"
    CREDENTIALS = "credentials"
    SENDER = "sender"
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    SERVER_ERROR = "server_error"
    MALFORMED_ANSWER = "malformed_answer"


class Remedy(StrEnum):
    """What may still bring the message to the user."""

    NONE = "none"
    LATER = "later"  # the same message, later
    OTHER_CHANNEL = "other_channel"  # another address of the user, if he agreed to it
    TEMPLATE = "template"  # the same words through an approved template
    LINK = "link"  # a link instead of the file
    SHORTER = "shorter"  # fewer characters
    RECONCILE = "reconcile"  # find out first what happened


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """What fits into one message of a channel; the adapter splits what does not.

    ``text`` is counted as the channel counts (UTF-16 units on Telegram). With ``buttons`` 0 the
    adapter writes choices as numbered lines. ``edits`` says that a sent prompt can be changed.
    """

    text: int
    caption: int
    buttons: int
    button_label: int
    file_bytes: int
    edits: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered: its ids, in order of sending, and how far it got."""

    provider_message_ids: tuple[str, ...]
    status: DeliveryState


@dataclass(frozen=True, slots=True)
class Found:
    """What a provider has of a message in doubt: the parts from the first one on that it took."""

    receipt: Receipt
    is_whole: bool


class SendError(Exception):
    """A message did not go out; the subclass says what to do about the delivery.

    ``retryable``: the same message may be sent again later. ``operator``: a person who runs the
    service should look. ``accepted`` are the ids of the parts that did go out before.
    Holds no text of the provider: it may quote the message, a phone number or a token.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        reason: Reason,
        *,
        code: str = "",
        after_seconds: float | None = None,
        accepted: tuple[str, ...] = (),
    ) -> None:
        """Keep the coded reason and the provider's own error code."""
        super().__init__(f"{reason} ({code})" if code else str(reason))
        self.reason = reason
        self.code = code
        self.after_seconds = after_seconds
        self.accepted = accepted

    @property
    def operator(self) -> bool:
        """Tell whether the one who runs the service should look."""
        return self.reason in _FOR_OPERATOR

    @property
    def remedy(self) -> Remedy:
        """Tell what may still bring the message to the user."""
        return remedy(self.reason)


class RetryLater(SendError):
    """Certainly not sent: try again after ``after_seconds`` or a backoff."""

    retryable = True


class Rejected(SendError):
    """Refused for good: the same message will never go out here."""


class RecipientGone(SendError):
    """Nobody can be reached at this address: switch the address off."""


class OptedOut(SendError):
    """The user stopped messages at the carrier: record it and send no more."""


class Misconfigured(SendError):
    """Our set-up is wrong: hold the queue of this channel until a person has mended it."""

    retryable = True


class Ambiguous(SendError):
    """Nobody knows whether it went out: reconcile; sending again could double it."""


_CLASSES: dict[Reason, type[SendError]] = {
    Reason.RATE_LIMITED: RetryLater,
    Reason.QUEUE_FULL: RetryLater,
    Reason.NOT_CONNECTED: RetryLater,
    Reason.UNREACHABLE: RetryLater,
    Reason.BAD_ADDRESS: RecipientGone,
    Reason.BLOCKED: RecipientGone,
    Reason.NOT_ON_CHANNEL: RecipientGone,
    Reason.OPTED_OUT: OptedOut,
    Reason.EXPIRED: Rejected,
    Reason.TOO_LONG: Rejected,
    Reason.UNREADABLE: Rejected,
    Reason.FILTERED: Rejected,
    Reason.MEDIA_REFUSED: Rejected,
    Reason.OUTSIDE_WINDOW: Rejected,
    Reason.TEMPLATE_HELD: Rejected,
    Reason.ROUTE_CLOSED: Rejected,
    Reason.UNREGISTERED: Rejected,
    Reason.REFUSED: Rejected,
    Reason.CREDENTIALS: Misconfigured,
    Reason.SENDER: Misconfigured,
    Reason.TIMED_OUT: Ambiguous,
    Reason.CONNECTION_LOST: Ambiguous,
    Reason.SERVER_ERROR: Ambiguous,
    Reason.MALFORMED_ANSWER: Ambiguous,
}

_FOR_OPERATOR = frozenset(
    {
        Reason.CREDENTIALS,
        Reason.SENDER,
        Reason.ROUTE_CLOSED,
        Reason.UNREGISTERED,
        Reason.TEMPLATE_HELD,
        Reason.FILTERED,
        Reason.TOO_LONG,
        Reason.UNREADABLE,
        Reason.REFUSED,
    }
)

_REMEDIES: dict[Reason, Remedy] = {
    Reason.UNREACHABLE: Remedy.LATER,
    Reason.RATE_LIMITED: Remedy.LATER,
    Reason.QUEUE_FULL: Remedy.LATER,
    Reason.NOT_CONNECTED: Remedy.LATER,
    Reason.CREDENTIALS: Remedy.LATER,
    Reason.SENDER: Remedy.LATER,
    Reason.BAD_ADDRESS: Remedy.OTHER_CHANNEL,
    Reason.BLOCKED: Remedy.OTHER_CHANNEL,
    Reason.NOT_ON_CHANNEL: Remedy.OTHER_CHANNEL,
    Reason.ROUTE_CLOSED: Remedy.OTHER_CHANNEL,
    Reason.TEMPLATE_HELD: Remedy.OTHER_CHANNEL,
    Reason.OUTSIDE_WINDOW: Remedy.TEMPLATE,
    Reason.MEDIA_REFUSED: Remedy.LINK,
    Reason.TOO_LONG: Remedy.SHORTER,
    Reason.TIMED_OUT: Remedy.RECONCILE,
    Reason.CONNECTION_LOST: Remedy.RECONCILE,
    Reason.SERVER_ERROR: Remedy.RECONCILE,
    Reason.MALFORMED_ANSWER: Remedy.RECONCILE,
}


def send_error(reason: Reason, *, code: str = "", after_seconds: float | None = None) -> SendError:
    """Make the error of the family that ``reason`` belongs to."""
    return _CLASSES[reason](reason, code=code, after_seconds=after_seconds)


def remedy(reason: Reason) -> Remedy:
    """Tell what may still bring a message to the user after ``reason``."""
    return _REMEDIES.get(reason, Remedy.NONE)


class Channel(Protocol):
    """A way to send; its adapter lives in ``bot/channels``."""

    @property
    def name(self) -> ChannelName:
        """Which channel this is."""
        ...

    @property
    def limits(self) -> ChannelLimits:
        """What fits into one message."""
        ...

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        """Send and return the provider's answer, or raise a `SendError`.

        ``key`` names the delivery; a provider that reports back is given it to return. Call it
        with no transaction open: it waits for the network.
        """
        ...


@runtime_checkable
class FinishesPrompts(Protocol):
    """A channel that can change what it sent: a decided prompt loses its buttons."""

    def finish(self, address: Address, provider_message_ids: tuple[str, ...], text: str) -> Receipt:
        """Replace the prompt's text and remove its buttons; send anew if it is gone."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel that can show that an answer is being written."""

    def typing(self, address: Address) -> None:
        """Show it for a few seconds; never raises, never waits."""
        ...


@runtime_checkable
class RemovesMessages(Protocol):
    """A channel that can take a user's message out of the chat: one that held a card number."""

    def remove(self, address: Address, handle: str) -> None:
        """Remove the message; raise `SendError` when it cannot be removed."""
        ...


@runtime_checkable
class LooksUpSent(Protocol):
    """A channel whose provider can be asked afterwards whether a message went out."""

    def look_up(
        self, message: OutboundMessage, address: Address, *, is_taken: Callable[[str], bool]
    ) -> Found | None:
        """Return what the provider has of the parts of a message that were not known to go out.

        The same words may have gone there before: ``is_taken`` tells whether a provider's id is
        known to be another message's, or an earlier part's. Nothing found is None.
        """
        ...


class FileTooLarge(FinanceError):
    """The file is larger than we read."""

    code = "file.too_large"

    def __init__(self, *, max_bytes: int) -> None:
        """Keep the limit the way people write it."""
        super().__init__(limit=f"{max_bytes / 1_000_000:.3g} MB")


class FileUnavailable(FinanceError):
    """The provider does not hand the file out (any more)."""

    code = "file.unavailable"


class FileSource(Protocol):
    """Fetches a file that a user sent, from the provider that keeps it."""

    def fetch(self, ref: str, *, max_bytes: int) -> bytes:
        """Return the bytes, or raise `FileTooLarge` or `FileUnavailable`."""
        ...
