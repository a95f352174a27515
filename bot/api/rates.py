"""How often somebody may ask: a moving window for each, in memory, for a bounded number."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable


class Rates:
    """At most ``limit`` events of one subject in any ``seconds``; exact within this process.

    Only the ``subjects`` seen last are remembered, so that strangers cannot fill the memory.
    """

    def __init__(
        self,
        limit: int,
        seconds: float,
        *,
        subjects: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with nobody seen."""
        self._limit = limit
        self._seconds = seconds
        self._subjects = subjects
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, subject: str) -> int:
        """Count an event and return 0, or return how many whole seconds to wait for the next."""
        now = self._clock()
        with self._lock:
            events = self._seen.setdefault(subject, deque())
            self._seen.move_to_end(subject)
            if len(self._seen) > self._subjects:
                self._seen.popitem(last=False)
            while events and events[0] <= now - self._seconds:
                events.popleft()
            if len(events) >= self._limit:
                return max(1, round(events[0] + self._seconds - now + 0.5))
            events.append(now)
            return 0
