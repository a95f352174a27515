"""The line to one provider: after failures in a row to reach it, nobody tries for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from core.connect.breaker import Breaker
from core.messaging.channel import Reason, SendError, send_error

_T = TypeVar("_T")

# Who cannot be connected to, or takes words and says nothing, costs seconds each time; and what is
# sent into silence is of unknown outcome, where what waits is only late.
_AWAY = frozenset({Reason.NOT_CONNECTED, Reason.TIMED_OUT})
_FAILURES, _REST_SECONDS = 5, 15.0


def line_breaker(ticks: Callable[[], float] = time.monotonic) -> Breaker:
    """Return a breaker as every provider of messages has one: all its channels share it."""
    return Breaker(failures=_FAILURES, rest_seconds=_REST_SECONDS, ticks=ticks)


def over(breaker: Breaker, call: Callable[[], _T]) -> _T:
    """Run ``call`` unless its provider is left alone: then nothing was sent, and it is said so.

    Any answer at all, a refusal included, says that the provider is there.
    """
    if breaker.is_open:
        raise send_error(Reason.NOT_CONNECTED, code="left_alone")
    try:
        result = call()
    except SendError as error:
        if error.reason in _AWAY:
            breaker.failed()
        else:
            breaker.succeeded()
        raise
    breaker.succeeded()
    return result
