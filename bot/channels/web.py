"""The web chat and the terminal as channels: sending is writing down and ringing a bell."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from core.clock import Clock
from core.messaging.address import Address, ChannelName
from core.messaging.channel import ChannelLimits, Reason, Receipt, Rejected
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import OutboundMessage
from core.store.unit_of_work import Database

_LIMITS = ChannelLimits(
    text=8000, caption=1000, buttons=12, button_label=80, file_bytes=30_000_000, edits=False
)


class Hub:
    """Tells open browser windows of this process that a conversation has something new.

    Windows also look into the database every second, so that another process may write too.
    """

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Callable[[], None]]] = defaultdict(set)

    def listen(self, address: str, bell: Callable[[], None]) -> Callable[[], None]:
        """Call ``bell`` (from any thread) when something is new; returns how to stop."""
        with self._lock:
            self._listeners[address].add(bell)

        def stop() -> None:
            with self._lock:
                self._listeners[address].discard(bell)
                if not self._listeners[address]:
                    del self._listeners[address]

        return stop

    def ring(self, address: str) -> None:
        """Ring every window of an address."""
        with self._lock:
            bells = tuple(self._listeners.get(address, ()))
        for bell in bells:
            bell()


class TranscriptChannel:
    """Delivers by adding a bubble to the transcript, once for each message."""

    def __init__(self, name: ChannelName, database: Database, clock: Clock, hub: Hub) -> None:
        """Write for the channel ``name`` (web or terminal)."""
        self.name = name
        self.limits = _LIMITS
        self._database = database
        self._clock = clock
        self._hub = hub

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        """Write the bubble down; a second time with the same key writes nothing."""
        now: datetime = self._clock.now()
        with self._database.work() as uow:
            talk = uow.conversations.find(address)
            if talk is None:
                raise Rejected(Reason.BAD_ADDRESS)
            if not uow.conversations.has_said(talk.id, key):
                uow.conversations.say(
                    talk, sender="bot", body=bubble(message), now=now, outbox_id=key
                )
            uow.commit()
        self._hub.ring(address.show())
        return Receipt((key,), DeliveryState.DELIVERED)


def bubble(message: OutboundMessage) -> dict[str, object]:
    """Return a message as the transcript keeps it."""
    return {
        "text": message.text,
        "choices": [{"label": choice.label, "send": choice.send} for choice in message.choices],
        "attachments": [
            {"kind": item.kind.value, "name": item.name, "key": item.object_key}
            for item in message.attachments
        ],
    }
