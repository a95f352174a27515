"""Takes Telegram's updates by long polling, for machines without a public address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.channels.inbound import Parsed
from bot.channels.telegram_updates import parse_update, press_id
from core.errors import FinanceError
from core.messaging.channel import Reason, SendError

_log = logging.getLogger(__name__)

_SLOWEST_SECONDS = 60.0
_CONFLICTS = 3


class PollConflict(FinanceError):
    """Somebody else takes this bot's updates: a webhook is set, or another poller runs."""

    code = "telegram.poll_conflict"


Fetch = Callable[[int | None], Sequence[Mapping[str, Any]]]
Handle = Callable[[Parsed], object]


class Poller:
    """Takes updates by long polling and hands each over, in order, at least once.

    No offset is kept from one run to the next: Telegram keeps what was not confirmed, the store
    knows what it has seen, and after a silent week ids start anew at random, so that a kept
    offset could skip messages.
    """

    def __init__(
        self,
        fetch: Fetch,
        handle: Handle,
        *,
        pause: Callable[[float], bool],
        answer_press: Callable[[str], None] | None = None,
    ) -> None:
        """Take the ways in and out; ``pause`` waits and tells whether to stop (`Event.wait`)."""
        self._fetch = fetch
        self._handle = handle
        self._pause = pause
        self._answer_press = answer_press
        self._offset: int | None = None
        self._failures = 0
        self._conflicts = 0

    def run(self) -> None:
        """Poll until ``pause`` says stop; raise `PollConflict` when others take the updates."""
        while not self._pause(self._wait_seconds()):
            try:
                updates = self._fetch(self._offset)
            except SendError as error:
                self._failed(error)
                continue
            self._conflicts = 0
            self._take(updates)

    def _take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Hand the updates over; one that cannot be stored now is fetched again."""
        # Nothing left to confirm: the next ids may be anything.
        self._offset = None
        for update in updates:
            try:
                self._handle(self._parsed(update))
            except Exception as error:
                self._failures += 1
                # Only its kind: a database error may quote the message.
                name = type(error).__name__
                _log.error("an update was not stored (%s); it will be fetched again", name)
                return
            number = update.get("update_id")
            if isinstance(number, int):
                self._offset = number + 1
        self._failures = 0

    def _parsed(self, update: Mapping[str, Any]) -> Parsed:
        press, answer = press_id(update), self._answer_press
        if not press or answer is None:
            return Parsed((parse_update(update),))
        return Parsed((parse_update(update),), lambda: answer(press))

    def _failed(self, error: SendError) -> None:
        self._failures += 1
        self._conflicts = self._conflicts + 1 if error.reason is Reason.SENDER else 0
        _log.warning("polling failed: %s", error)
        if self._conflicts >= _CONFLICTS:
            raise PollConflict from None

    def _wait_seconds(self) -> float:
        return min(2.0**self._failures, _SLOWEST_SECONDS) if self._failures else 0.0
