"""Foreign calls under a deadline: a server that drips or hangs costs its time and no more."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.llm.chat import Fault, ModelUnavailable
from bot.llm.faults import fault_of

_log = logging.getLogger("financemaster.model")
_MOST_AT_ONCE = 8
T = TypeVar("T")


class Bounded(Generic[T]):
    """Runs each call in a thread of its own; only so many may hang at once."""

    def __init__(self, name: str, most: int = _MOST_AT_ONCE) -> None:
        """Name what is called, for logs."""
        self._name = name
        self._free = threading.BoundedSemaphore(most)

    def run(self, work: Callable[[float], T], *, seconds: float) -> T:
        """Return what ``work`` returns within ``seconds``, or raise `ModelUnavailable`.

        ``work`` is given the moment, on the clock that only goes forward, at which it is too late.
        """
        if not self._free.acquire(blocking=False):
            raise ModelUnavailable(Fault.BUSY)
        answer: queue.SimpleQueue[tuple[T, None] | tuple[None, Fault]] = queue.SimpleQueue()
        until = time.monotonic() + seconds

        def run() -> None:
            try:
                answer.put((work(until), None))
            except Exception as error:  # the seam to foreign code
                fault = fault_of(error)
                _log.warning("model_failed", extra={"model": self._name, "fault": fault.value})
                answer.put((None, fault))
            finally:
                self._free.release()

        threading.Thread(target=run, name="model", daemon=True).start()
        try:
            said, failed = answer.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise ModelUnavailable(Fault.TIMEOUT) from None
        if failed is not None:
            raise ModelUnavailable(failed)
        return said  # type: ignore[return-value]  # without a fault there is an answer
