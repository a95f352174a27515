"""A breaker: after some failures in a row a service is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable


class Breaker:
    """Counts failures of one service; open means: do not even ask.

    After ``rest_seconds`` one call is let through to see whether it has recovered.
    """

    def __init__(
        self,
        *,
        failures: int = 3,
        rest_seconds: float = 300.0,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open after so many ``failures`` in a row; ``ticks`` are seconds of any clock."""
        self._limit = failures
        self._rest = rest_seconds
        self._ticks = ticks
        self._failed = 0
        self._open_until = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Tell whether the service is to be left alone now."""
        with self._lock:
            return self._failed >= self._limit and self._ticks() < self._open_until

    def succeeded(self) -> None:
        """Forget the failures so far."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Count a failure; the last of too many opens the breaker."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._open_until = self._ticks() + self._rest


class Opens(Protocol):
    """A breaker of any kind."""

    @property
    def is_open(self) -> bool:
        """Tell whether the service is to be left alone now."""
        ...


@runtime_checkable
class Guarded(Protocol):
    """An adapter that leaves its service alone after failures."""

    @property
    def breaker(self) -> Opens:
        """What opens after failures."""
        ...


def resting_among(adapters: Iterable[object]) -> dict[str, bool]:
    """Return the guarded ones of ``adapters`` by their kind, and whether each is left alone."""
    return {
        type(one).__name__.lower(): one.breaker.is_open
        for one in adapters
        if isinstance(one, Guarded)
    }
