"""Stores inbound messages durably and fast: many requests share one commit.

A commit that survives a power cut costs milliseconds, whatever it holds. One writer thread
takes everything that waits and stores it in one unit of work; each caller gets the answer for
its own message, after the commit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from core.messaging.inbound import Accepted, InboundMessage, Stored
from core.tracing import carrier

_log = logging.getLogger(__name__)

StoreBatch = Callable[[Sequence[InboundMessage]], Sequence[Stored]]

# So many failures in a row, one by one, and the store itself is down: no use trying the rest.
_GIVE_UP_AFTER = 3


class NotAccepted(Exception):
    """The message is not stored as far as we know; the provider should send it again."""


@dataclass(frozen=True, slots=True)
class AcceptLimits:
    """How much is gathered, how long while many come at once, and how much may wait."""

    batch: int = 64
    linger_seconds: float = 0.002
    waiting: int = 2000
    timeout_seconds: float = 10.0


class _Pending:
    """One message and the caller who waits for it."""

    __slots__ = ("future", "message")

    def __init__(self, message: InboundMessage) -> None:
        self.message = message
        self.future: Future[Stored] = Future()


class GroupAccept:
    """The single writer of inbound messages.

    ``store_batch`` stores messages in one unit of work and returns what became of each, in
    order; the same event twice in one batch is the store's to notice. It is only ever called
    from one thread. ``after_commit`` is called once for each batch that held something new.
    """

    def __init__(
        self,
        store_batch: StoreBatch,
        *,
        limits: AcceptLimits | None = None,
        after_commit: Callable[[], None] | None = None,
    ) -> None:
        self._store_batch = store_batch
        self._limits = limits or AcceptLimits()
        self._after_commit = after_commit
        self._waiting: deque[_Pending] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._crowded = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Tell whether messages are taken: false once closed, or if the writer has died."""
        return not self._closing

    def accept(self, message: InboundMessage) -> Stored:
        """Store one message and return once it is durable; raise when it may not be.

        Raises what the store raised, or `NotAccepted` when too much waits, when it takes too
        long, or when the writer is closed.
        """
        pending = self.submit(message)
        try:
            return pending.result(self._limits.timeout_seconds)
        except (TimeoutError, CancelledError):
            # Cancelled if nobody took it yet; if somebody did, the redelivery is a duplicate.
            pending.cancel()
            raise NotAccepted from None

    def submit(self, message: InboundMessage) -> Future[Stored]:
        """Put one message in line and return its future; raise `NotAccepted` when it is full."""
        # The writer's thread knows nothing of the request that a message came with.
        trace = carrier()
        pending = _Pending(replace(message, trace=trace) if trace else message)
        with self._changed:
            if self._closing or len(self._waiting) >= self._limits.waiting:
                raise NotAccepted
            if self._thread is None:
                # At the first message, so that a process may fork before.
                self._thread = threading.Thread(target=self._run, name="accept", daemon=True)
                self._thread.start()
            self._waiting.append(pending)
            self._changed.notify()
        return pending.future

    def close(self) -> None:
        """Take no more, store what waits, and end the writer."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(self._limits.timeout_seconds)

    def _run(self) -> None:
        batch: list[_Pending] = []
        try:
            while batch := self._next_batch():
                self._store(batch)
        finally:
            self._abandon(batch)

    def _next_batch(self) -> list[_Pending]:
        """Wait for messages and return up to a batch of them; nothing once closed and empty.

        Who comes alone is not kept waiting for company: only after several came together is it
        worth a moment to look for more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            lingers = self._limits.linger_seconds if self._crowded else 0.0
            deadline = time.monotonic() + lingers
            while len(self._waiting) < self._limits.batch and not self._closing:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            size = min(len(self._waiting), self._limits.batch)
            self._crowded = size > 1
            return [self._waiting.popleft() for _ in range(size)]

    def _store(self, batch: Sequence[_Pending]) -> None:
        """Store a batch; when that fails, each alone, so that one bad message harms no other."""
        live = [pending for pending in batch if pending.future.set_running_or_notify_cancel()]
        if not live:
            return
        try:
            results = self._stored(live)
        except Exception as error:
            if len(live) == 1:
                live[0].future.set_exception(error)
                return
            _log.warning("a batch of %d was not stored (%s)", len(live), type(error).__name__)
            self._store_each(live)
            return
        self._ring(results)
        for pending, result in zip(live, results, strict=True):
            pending.future.set_result(result)

    def _store_each(self, batch: Sequence[_Pending]) -> None:
        failures = 0
        last: Exception = NotAccepted()
        for pending in batch:
            if failures >= _GIVE_UP_AFTER:
                pending.future.set_exception(last)
                continue
            try:
                results = self._stored([pending])
            except Exception as error:  # each message has its own fate
                failures, last = failures + 1, error
                pending.future.set_exception(error)
            else:
                failures = 0
                self._ring(results)
                pending.future.set_result(results[0])

    def _stored(self, batch: Sequence[_Pending]) -> Sequence[Stored]:
        results = self._store_batch([pending.message for pending in batch])
        if len(results) != len(batch):
            raise NotAccepted
        return results

    def _ring(self, results: Sequence[Stored]) -> None:
        if self._after_commit is None or not any(isinstance(each, Accepted) for each in results):
            return
        try:
            self._after_commit()
        except Exception as error:
            # The messages are stored: a poll of the database finds them without the bell.
            _log.warning("nobody was woken after a commit (%s)", type(error).__name__)

    def _abandon(self, batch: Sequence[_Pending]) -> None:
        """Leave nobody waiting when the writer ends, for whatever reason."""
        with self._changed:
            self._closing = True
            left = [*batch, *self._waiting]
            self._waiting.clear()
        for future in (pending.future for pending in left):
            if not future.done() and (future.running() or future.set_running_or_notify_cancel()):
                future.set_exception(NotAccepted())
