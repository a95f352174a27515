"""What a channel may do beside sending: show that it types, tidy a prompt, remove a message."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from core.messaging.address import Address, ChannelName
from core.messaging.channel import (
    Channel,
    FinishesPrompts,
    RemovesMessages,
    SendError,
    ShowsTyping,
)
from core.store.unit_of_work import Database

_log = logging.getLogger("financemaster.channels")
AGAIN_SECONDS = 4.0


class Courtesy:
    """Small services of channels that have them; none of them may ever break a turn."""

    def __init__(self, database: Database, channels: Mapping[ChannelName, Channel]) -> None:
        """Serve the ``channels`` that are on."""
        self._database = database
        self._channels = channels

    @contextmanager
    def typing_while(self, address: Address) -> Iterator[None]:
        """Show that an answer is being written for as long as it is, where the channel can.

        Telegram shows it for five seconds; what listens or asks a model takes longer.
        """
        channel: object = self._channels.get(address.channel)
        if not isinstance(channel, ShowsTyping):
            yield
            return
        done = threading.Event()
        keeps = threading.Thread(
            target=_keep_typing, args=(channel, address, done), name="typing", daemon=True
        )
        channel.typing(address)
        keeps.start()
        try:
            yield
        finally:
            done.set()

    def remove(self, address: Address, handle: str) -> bool:
        """Take a user's message out of the chat, where that can be; tell whether it is gone."""
        channel: object = self._channels.get(address.channel)
        if not handle or not isinstance(channel, RemovesMessages):
            return False
        try:
            channel.remove(address, handle)
        except SendError as error:
            _log.warning("message_not_removed", extra={"reason": error.reason})
            return False
        return True

    def finish_prompt(self, address: Address, outbox_id: str) -> None:
        """Take the buttons off a prompt that was answered, so that nobody presses them again."""
        channel: object = self._channels.get(address.channel)
        if not isinstance(channel, FinishesPrompts):
            return
        with self._database.reading() as uow:
            item = uow.outbox.tracking.get(outbox_id)
            ids = uow.outbox.tracking.provider_ids(outbox_id)
        if item is None or not ids or item.delivery.address != address:
            return
        try:
            channel.finish(address, ids, item.message.text)
        except SendError as error:
            # The decision is recorded; a button left hanging is answered with its outcome.
            _log.warning("prompt_not_finished", extra={"reason": error.reason})


def _keep_typing(channel: ShowsTyping, address: Address, done: threading.Event) -> None:
    """Show it again and again until the answer is written; a turn is bounded, and so is this."""
    while not done.wait(AGAIN_SECONDS):
        channel.typing(address)
