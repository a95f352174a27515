"""Where time goes between a provider's message and its answer, across processes.

Code says what it is doing (`span`), rows of the inbox and the outbox carry the place in the trace
(`carrier`), and whoever takes a row up goes on from there. Without a tracer nothing happens.

A trace never says anything about a person: names of spans and attributes are the closed lists
below, and a value is a word of ours (a member of an enumeration, a tool's or a queue's name), never
a text, a figure or an id. What is no such word is left out, here, for every tracer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from typing import Final, Protocol


class Span(StrEnum):
    """What can be under way."""

    WEBHOOK = "webhook"
    TURN = "turn"
    MODEL = "model"
    TOOL = "tool"
    DELIVERY = "delivery"
    SEND = "send"
    EXECUTE = "execute"


class Attribute(StrEnum):
    """What may be said of it."""

    ROUTE = "financemaster.route"
    CHANNEL = "financemaster.channel"
    CLASS = "financemaster.message_class"
    PLANNER = "financemaster.planner"
    TOOL = "financemaster.tool"
    ACTION = "financemaster.action"
    OUTCOME = "financemaster.outcome"
    REASON = "financemaster.reason"


# A word of ours: lower case, no digit, no space; a route is such words with slashes.
_WORD: Final = re.compile(r"(?:/?[a-z][a-z_]{0,39}){1,4}")
# The place in a trace as W3C Trace Context writes it: version, trace, span, flags.
CARRIER: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Open(Protocol):
    """A span that has not ended."""

    def say(self, name: str, word: str) -> None:
        """Add an attribute."""
        ...


class Tracer(Protocol):
    """Whoever keeps spans."""

    def span(
        self, name: str, attributes: Mapping[str, str], parent: str
    ) -> AbstractContextManager[Open]:
        """Open a span below ``parent`` (a carrier), or below the one that is open here."""
        ...

    def carrier(self) -> str:
        """Return the place of the span that is open here, "" outside any."""
        ...


class Going:
    """A span under way; takes only words of ours, so that no caller has to think of it."""

    __slots__ = ("_span",)

    def __init__(self, span: Open | None) -> None:
        """Go with ``span``, or with nothing."""
        self._span = span

    def say(self, attribute: Attribute, word: str) -> None:
        """Add an attribute; what is no word of ours is left out."""
        if self._span is not None and _WORD.fullmatch(word):
            self._span.say(attribute.value, word)


_NOTHING: Final = nullcontext(Going(None))
_installed: list[Tracer] = []


@contextmanager
def installed(tracer: Tracer) -> Iterator[None]:
    """Keep spans with ``tracer`` meanwhile, in the whole process."""
    _installed.append(tracer)
    try:
        yield
    finally:
        _installed.remove(tracer)


def span(
    name: Span, words: Mapping[Attribute, str] | None = None, *, parent: str = ""
) -> AbstractContextManager[Going]:
    """Say that something is under way until the block ends; ``parent`` is a carrier from a row."""
    if not _installed:
        return _NOTHING
    return _going(_installed[-1], name, words or {}, parent if CARRIER.fullmatch(parent) else "")


def carrier() -> str:
    """Return the place in the trace for a row that somebody else will take up, or ""."""
    return _installed[-1].carrier() if _installed else ""


@contextmanager
def _going(
    tracer: Tracer, name: Span, words: Mapping[Attribute, str], parent: str
) -> Iterator[Going]:
    said = {key.value: word for key, word in words.items() if _WORD.fullmatch(word)}
    with tracer.span(name.value, said, parent) as opened:
        yield Going(opened)
