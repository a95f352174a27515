"""What the loop and a chat model say to each other, in our own words and without any library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol


class Fault(StrEnum):
    """Why a model gave no answer; stored beside the call and counted, never shown to users."""

    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    AUTH = "auth"
    NOT_FOUND = "not_found"
    SERVER = "server"
    CONNECTION = "connection"
    CONTEXT = "context_too_long"
    CONTENT_FILTER = "content_filter"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    SPOKEN_CALL = "call_as_text"
    ENDLESS = "endless_calls"
    BUSY = "busy"
    RESTING = "breaker_open"
    ASKED_BEFORE = "asked_before"
    OVER_BUDGET = "over_budget"


class ModelUnavailable(Exception):
    """No usable answer came; the turn goes on without the model."""

    def __init__(self, fault: Fault) -> None:
        """Keep the reason."""
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Wanted:
    """One tool call as a model asks for it. Without ``arguments`` they could not be read."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the talk; ``call_id`` is the call that a tool's message answers."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[Wanted, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call: as the server counted them, else a quarter of the characters."""

    prompt: int = 0
    reply: int = 0


@dataclass(frozen=True, slots=True)
class ModelReply:
    """What came back. ``finish`` is the server's word for why it ended, ``refusal`` its excuse."""

    text: str
    calls: tuple[Wanted, ...] = ()
    finish: str = "stop"
    refusal: str = ""
    usage: Usage = field(default_factory=Usage)


class ChatModel(Protocol):
    """Asks one model once; whatever goes wrong is a `ModelUnavailable`, in time."""

    @property
    def name(self) -> str:
        """Return the model's name."""
        ...

    def ask(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, seconds: float
    ) -> ModelReply:
        """Return the reply to ``messages`` within ``seconds``."""
        ...

    def warm(self) -> None:
        """Load what the first question would wait for."""
        ...


class Journal(Protocol):
    """Where each question to a model is written down before it is asked (law 3)."""

    def before(self, model: str) -> ModelReply | None:
        """Open the next question; return the answer it had before a crash, if it had one.

        Raises `ModelUnavailable` where it was asked before and its answer got lost, or where
        the user's budget is spent.
        """
        ...

    def answered(self, reply: ModelReply, *, millis: int) -> None:
        """Keep the answer to the open question."""
        ...

    def failed(self, fault: Fault, *, millis: int) -> None:
        """Keep why the open question had no answer."""
        ...


def estimate(text: str) -> int:
    """Guess the tokens of a text: a tokenizer's tables would have to be fetched first."""
    return (len(text) + 3) // 4
