"""Passes rings on to other processes in the background, so that nobody waits for a broker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)

# After a failure the others are left to their own clocks for this long.
_REST_SECONDS = 5.0
_IDLE_SECONDS = 60.0


class Ringer:
    """Calls ``send`` for each bell rung, in a thread of its own; equal rings melt into one.

    What ``send`` raises is logged and forgotten: the work is in the database, where the others
    find it within a second.
    """

    def __init__(self, send: Callable[[str], None], *, rest_seconds: float = _REST_SECONDS) -> None:
        """Begin to wait for rings."""
        self._send = send
        self._rest_seconds = rest_seconds
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
        self._thread.start()

    def ring(self, job: str) -> None:
        """Pass a ring on, soon."""
        with self._lock:
            self._waiting.add(job)
        self._bell.set()

    def close(self) -> None:
        """Stop; rings that still wait are lost."""
        self._stop.set()
        self._bell.set()
        self._thread.join(self._rest_seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._bell.wait(_IDLE_SECONDS)
            self._bell.clear()
            with self._lock:
                jobs, self._waiting = sorted(self._waiting), set()
            if not self._pass_on(jobs):
                self._stop.wait(self._rest_seconds)

    def _pass_on(self, jobs: list[str]) -> bool:
        for job in jobs:
            try:
                self._send(job)
            except Exception:  # a broker has many ways to be away, and none of them matters here
                _log.warning("broker_silent")
                return False
        return True
