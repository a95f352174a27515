"""One event loop in a thread of its own, for clients that live in one loop only."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")

_STOP_SECONDS = 5.0


class LoopThread:
    """Runs coroutines for threads that wait, and for those that do not.

    It starts at the first call, so a process that forks its workers may make it before.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, _T], *, timeout_seconds: float) -> _T:
        """Run ``work`` to its end and return its result; ``TimeoutError`` stops it."""
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result(timeout_seconds)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run ``work`` beside; whatever becomes of it is nobody's concern."""
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        future.add_done_callback(_look_away)

    def close(self) -> None:
        """Stop the loop and its thread; the next call would start new ones."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_STOP_SECONDS)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _look_away(future: concurrent.futures.Future[object]) -> None:
    """Take the result, so that a failure is not reported as never retrieved."""
    if not future.cancelled():
        future.exception()
