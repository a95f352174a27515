"""How often somebody may do something: a moving window for each, in one process or over all."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` events of one subject in any ``seconds``; ``name`` keeps it apart."""

    name: str
    most: int
    seconds: float


class RateLimiter(Protocol):
    """Counts the events of one limit."""

    def wait(self, subject: str) -> int:
        """Count an event and return 0, or return how many whole seconds to wait for the next."""
        ...


Limiters = Callable[[Limit], RateLimiter]


class LocalLimiter:
    """Counts in this process, exactly.

    Only the ``subjects`` seen last are remembered, so that strangers cannot fill the memory.
    """

    def __init__(
        self,
        limit: Limit,
        *,
        subjects: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with nobody seen."""
        self._limit = limit
        self._subjects = subjects
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, subject: str) -> int:
        """Count an event and return 0, or return how many whole seconds to wait for the next."""
        with self._lock:
            now, events = self._events(subject)
            if len(events) >= self._limit.most:
                return max(1, round(events[0] + self._limit.seconds - now + 0.5))
            events.append(now)
            return 0

    def note(self, subject: str) -> None:
        """Count an event that somebody else has let through."""
        with self._lock:
            now, events = self._events(subject)
            events.append(now)
            if len(events) > self._limit.most:
                events.popleft()

    def _events(self, subject: str) -> tuple[float, deque[float]]:
        """Return the moment, and the subject's events that still count at it."""
        now = self._clock()
        events = self._seen.setdefault(subject, deque())
        self._seen.move_to_end(subject)
        if len(self._seen) > self._subjects:
            self._seen.popitem(last=False)
        while events and events[0] <= now - self._limit.seconds:
            events.popleft()
        return now, events
