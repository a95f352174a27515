"""Goes on holding the conversations whose turns are under way, so that a lease can be short.

A turn that answers from the books is over long before its lease; one that asks a model, listens
to a voice note or reads a photo is not. What dies holds nothing on: its chat is free within
seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from core.clock import Clock
from core.conversation.turn import LONGEST, RENEWED_EVERY
from core.store.unit_of_work import Database, StoreUnavailable

_log = logging.getLogger("financemaster.dialogue")


class Holding:
    """Renews the leases of this process's turns, in one thread that sleeps while there are none."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        every: timedelta = RENEWED_EVERY,
        longest: timedelta = LONGEST,
    ) -> None:
        """Renew by ``clock``; ``every`` and ``longest`` are counted in real time."""
        self._database = database
        self._clock = clock
        self._every = every.total_seconds()
        self._longest = longest.total_seconds()
        self._held: dict[tuple[str, int], float] = {}
        self._guard = threading.Lock()
        self._any = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def on(self, conversation_id: str, epoch: int) -> Iterator[None]:
        """Hold a claimed conversation on until the block ends, or has taken too long."""
        if self._database.is_private:  # nobody else can see the chat, let alone take it over
            yield
            return
        turn = (conversation_id, epoch)
        with self._guard:
            self._held[turn] = time.monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="holding", daemon=True)
                self._thread.start()
            self._any.set()
        try:
            yield
        finally:
            with self._guard:
                self._held.pop(turn, None)
                if not self._held:
                    self._any.clear()

    def _serve(self) -> None:
        while self._any.wait():
            time.sleep(self._every)
            now = time.monotonic()
            with self._guard:
                ages = {turn: now - since for turn, since in self._held.items()}
            for turn, age in ages.items():
                # A turn that never ends is not to hold its chat for ever.
                if self._every <= age <= self._longest:
                    self._renew(*turn)

    def _renew(self, conversation_id: str, epoch: int) -> None:
        try:
            with self._database.work(relaxed=True) as uow:
                uow.conversations.renew(conversation_id, epoch, now=self._clock.now())
                uow.commit()
        except StoreUnavailable:
            _log.warning("lease_not_renewed", extra={"conversation": conversation_id})
