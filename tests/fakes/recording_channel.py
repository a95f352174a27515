"""A channel that sends nowhere: it records, counts by key, and fails on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.messaging.address import Address, ChannelName
from core.messaging.channel import ChannelLimits, Found, Receipt
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import OutboundMessage

_LIMITS = ChannelLimits(
    text=4096, caption=1024, buttons=10, button_label=40, file_bytes=10_000_000, edits=False
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the provider accepted."""

    key: str
    message: OutboundMessage
    address: Address


class RecordingChannel:
    """Shares the `Channel` protocol; ``faults`` are used up one a send, None means it works."""

    def __init__(
        self, name: ChannelName = ChannelName.WEB, faults: Sequence[Exception | None] = ()
    ) -> None:
        self.name = name
        self.limits = _LIMITS
        self.sent: list[Sent] = []
        self.calls = 0
        self.faults = list(faults)
        self.before_send: Callable[[], object] = lambda: None
        # Accepts the message, then loses its own answer.
        self.lose_answers: list[Exception] = []

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        self.calls += 1
        self.before_send()
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append(Sent(key, message, address))
        if self.lose_answers:
            raise self.lose_answers.pop(0)
        return Receipt((f"{key}-{len(self.sent)}",), DeliveryState.ACCEPTED)

    def forget(self) -> None:
        """Start anew, as if nothing had ever been sent."""
        self.sent.clear()

    def texts(self) -> list[str]:
        return [one.message.text for one in self.sent]

    def keys(self) -> list[str]:
        return [one.key for one in self.sent]


class RemovingChannel(RecordingChannel):
    """A channel on which a bot may take a user's message out of the chat."""

    def __init__(self, name: ChannelName = ChannelName.TELEGRAM) -> None:
        super().__init__(name)
        self.removed: list[str] = []

    def remove(self, address: Address, handle: str) -> None:
        del address
        self.removed.append(handle)

    def forget(self) -> None:
        super().forget()
        self.removed.clear()


class LookingChannel(RecordingChannel):
    """A channel whose provider can be asked afterwards what it accepted."""

    def __init__(self, name: ChannelName = ChannelName.SMS) -> None:
        super().__init__(name)
        self.looked = 0

    def look_up(
        self, message: OutboundMessage, address: Address, *, is_taken: Callable[[str], bool]
    ) -> Found | None:
        self.looked += 1
        for number, one in reversed(list(enumerate(self.sent, start=1))):
            sid = f"{one.key}-{number}"
            same = (one.address, one.message.text) == (address, message.text)
            if same and not is_taken(sid):
                return Found(Receipt((sid,), DeliveryState.ACCEPTED), is_whole=True)
        return None
