"""Leaves a model alone for a while after what it did: how long depends on what that was."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from bot.llm.chat import Fault

_FAILURES = 3
_WITHIN = 60.0
_REST = 30.0
# One hanging answer has cost a user the whole turn; the next users do not pay again.
_AT_ONCE = {
    Fault.TIMEOUT: 30.0,
    Fault.CONNECTION: 30.0,
    Fault.AUTH: 300.0,
    Fault.NOT_FOUND: 300.0,
    Fault.QUOTA: 300.0,
}
_REFUSALS = frozenset({Fault.AUTH, Fault.NOT_FOUND})
# Not the server's doing: it would answer the next message well.
_INNOCENT = frozenset({Fault.CONTEXT, Fault.CONTENT_FILTER, Fault.REJECTED, Fault.BUSY})


class ModelBreaker:
    """Opens at once for some faults, for the others after three within a minute.

    After the rest the model is asked again; the first failure then opens it anew.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        """Start closed; ``ticks`` are seconds of any clock that only goes forward."""
        self._ticks = ticks
        self._failures: deque[float] = deque(maxlen=_FAILURES)
        self._open_until = 0.0
        self._was_refused = False
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Tell whether the model is to be left alone now."""
        with self._lock:
            return self._ticks() < self._open_until

    def refused(self, fault: Fault) -> bool:
        """Tell whether a fault is a refusal for good that nobody was told of yet.

        A key that is not taken and a model that is not there are told once, until it answers.
        """
        if fault not in _REFUSALS:
            return False
        with self._lock:
            is_new, self._was_refused = not self._was_refused, True
            return is_new

    def succeeded(self) -> None:
        """Forget the failures so far."""
        with self._lock:
            self._failures.clear()
            self._open_until = 0.0
            self._was_refused = False

    def failed(self, fault: Fault) -> None:
        """Count a failure and open when it is one too many."""
        if fault in _INNOCENT:
            return
        with self._lock:
            now = self._ticks()
            self._failures.append(now)
            recent = [at for at in self._failures if now - at <= _WITHIN]
            if fault in _AT_ONCE:
                self._open_until = now + _AT_ONCE[fault]
            elif len(recent) >= _FAILURES or self._open_until:
                self._open_until = now + _REST
