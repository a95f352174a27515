"""Places where a test ends or stops the whole process, to see that nothing is lost or doubled.

Each is a moment at which a power cut would be worst: just before or just after something was
kept or sent. Nothing happens unless a process was started with one of them armed
(``FM_TESTING__FAILPOINT``), which no installation that serves people ever is.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final


class Point(StrEnum):
    """The places, in the order in which a message passes them; T1 to T7 as in the design."""

    T1_UNSTORED = "T1.unstored"
    T1_STORED = "T1.stored"
    T2_CLAIMED = "T2.claimed"
    T3_PLANNED = "T3.planned"
    T4_UNWRITTEN = "T4.unwritten"
    T4_WRITTEN = "T4.written"
    T5_UNANSWERED = "T5.unanswered"
    T5_ANSWERED = "T5.answered"
    T6_SENDING = "T6.sending"
    T7_SENT = "T7.sent"
    T7_RECORDED = "T7.recorded"
    EXECUTOR_CLAIMED = "executor.claimed"
    EXECUTOR_PERFORMED = "executor.performed"
    EXECUTOR_UNSETTLED = "executor.unsettled"
    EXECUTOR_SETTLED = "executor.settled"
    PAY_HELD = "pay.held"
    PAY_ASKED = "pay.asked"
    PAY_UNWRITTEN = "pay.unwritten"
    PAY_WRITTEN = "pay.written"
    FOLLOW_LOOKED = "follow.looked"
    FOLLOW_UNWRITTEN = "follow.unwritten"
    FOLLOW_WRITTEN = "follow.written"
    MODEL_ASKED = "model.asked"
    MODEL_ANSWERED = "model.answered"
    MEDIA_ASKED = "media.asked"
    MEDIA_ANSWERED = "media.answered"
    ERASER_UNWRITTEN = "eraser.unwritten"
    ERASER_WRITTEN = "eraser.written"


# What can happen at a place: die without a word, or stand still until told to go on.
_SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_armed: dict[Point, signal.Signals] = {}
_watchers: list[Callable[[Point], object]] = []


def arm(text: str) -> None:
    """Arm one place, like ``T4.written`` or ``T3.planned=stop``; no text disarms all.

    A place that does not exist stops the start: a test must not pass because of a typing error.
    """
    _armed.clear()
    if text:
        name, _, what = text.partition("=")
        _armed[Point(name)] = _SIGNALS[what or "kill"]


def reach(point: Point) -> None:
    """Say that a place is reached: if it is armed, it happens here, and only this once."""
    for watcher in _watchers:
        watcher(point)
    if not _armed:
        return
    number = _armed.pop(point, None)
    if number is not None:
        os.kill(os.getpid(), number)


@contextmanager
def watched(watcher: Callable[[Point], object]) -> Iterator[None]:
    """Tell ``watcher`` of every place that is reached meanwhile; what it raises ends the caller.

    So a simulation plays the death of a process inside one that goes on.
    """
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
