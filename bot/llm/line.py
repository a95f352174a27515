"""The models in the order in which they are asked, each with a breaker, under one deadline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.llm.breaker import ModelBreaker
from bot.llm.chat import ChatModel, Fault, Journal, Message, ModelReply, ModelUnavailable
from core.tracing import Span, span

_log = logging.getLogger("financemaster.model")
# With less than this left no answer would come in time.
_LEAST_SECONDS = 0.3
# A connection that had gone stale, a server between two releases: the next try often goes through.
_FLEETING = frozenset({Fault.CONNECTION, Fault.SERVER})
_TRIES = 2
_ENOUGH_SECONDS = 2.0
# What another model would not do better, or must be mended before anybody is asked again.
_OURS = frozenset({Fault.CONTEXT, Fault.ASKED_BEFORE, Fault.OVER_BUDGET})


class Deadline:
    """The end of one turn's time, by a clock that only goes forward."""

    def __init__(self, seconds: float, ticks: Callable[[], float] = time.monotonic) -> None:
        """Start now."""
        self._ticks = ticks
        self._until = ticks() + seconds

    def left(self) -> float:
        """Return the seconds that are left, never less than none."""
        return max(0.0, self._until - self._ticks())


@dataclass(frozen=True, slots=True)
class Place:
    """A model and its breaker."""

    chat: ChatModel
    breaker: ModelBreaker = field(default_factory=ModelBreaker)


class Line:
    """Asks the first model that is not resting, once more where that may help; then the next."""

    def __init__(self, places: Sequence[Place], *, call_seconds: float) -> None:
        """Give each model but the last at most ``call_seconds`` of a turn's time."""
        self._places = tuple(places)
        self._call_seconds = call_seconds

    @property
    def name(self) -> str:
        """Return the name of the model that is asked first."""
        return self._places[0].chat.name

    @property
    def rests(self) -> bool:
        """Tell whether no model may be asked now."""
        return all(place.breaker.is_open for place in self._places)

    def warm(self) -> None:
        """Load what the first question would wait for."""
        for place in self._places:
            place.chat.warm()

    def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        deadline: Deadline,
        journal: Journal,
    ) -> ModelReply:
        """Return a reply in time, or raise `ModelUnavailable` with the last fault."""
        last = Fault.RESTING
        for place in self._places:
            if place.breaker.is_open:
                continue
            for _ in range(_TRIES):
                try:
                    return self._asked(place, messages, tools, deadline, journal)
                except ModelUnavailable as unavailable:
                    last = unavailable.fault
                if last in _OURS:
                    raise ModelUnavailable(last)
                if last not in _FLEETING or deadline.left() < _ENOUGH_SECONDS:
                    break
        raise ModelUnavailable(last)

    def _asked(
        self,
        place: Place,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        deadline: Deadline,
        journal: Journal,
    ) -> ModelReply:
        left = deadline.left()
        if left < _LEAST_SECONDS:
            raise ModelUnavailable(Fault.TIMEOUT)
        before = journal.before(place.chat.name)
        if before is not None:
            return before
        started = time.monotonic()
        is_last = place is self._places[-1]
        seconds = left if is_last else min(left, self._call_seconds)
        try:
            with span(Span.MODEL):
                reply = place.chat.ask(messages, tools, seconds=seconds)
        except ModelUnavailable as unavailable:
            place.breaker.failed(unavailable.fault)
            if place.breaker.refused(unavailable.fault):  # told once, not at each message
                told = {"model": place.chat.name, "fault": unavailable.fault.value}
                _log.error("model_refused", extra=told)
            journal.failed(unavailable.fault, millis=_millis(started))
            raise
        place.breaker.succeeded()
        journal.answered(reply, millis=_millis(started))
        return reply


def _millis(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
