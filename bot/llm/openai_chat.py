"""A chat model behind an OpenAI-compatible address, through langchain.

The libraries are loaded by the first question, never with the program. Each question runs in a
thread of its own, so that a server that drips or hangs costs its deadline and no more; only so
many may hang at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.llm.bounded import Bounded
from bot.llm.chat import Message, ModelReply, Usage, Wanted, estimate

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_openai import ChatOpenAI

# A server without keys still wants the header.
_NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model: where it is, what it is called and how long its replies may be.

    ``length_field`` is what the server calls the limit: ``max_completion_tokens`` or the older
    ``max_tokens``, which is all that many local servers know.
    """

    name: str
    base_url: str = ""
    api_key: str = ""
    most_tokens: int = 700
    length_field: str = "max_completion_tokens"


class OpenAIChat:
    """Asks one model; thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Remember where the model is; nothing is loaded or opened yet."""
        self._endpoint = endpoint
        self._calls: Bounded[ModelReply] = Bounded(endpoint.name)
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._endpoint.name

    def ask(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, seconds: float
    ) -> ModelReply:
        """Return the reply within ``seconds``, or raise `ModelUnavailable`."""
        asked = partial(self._asked, messages, tools)
        return self._calls.run(asked, seconds=seconds)

    def warm(self) -> None:
        """Load the libraries now, so that no user waits for them."""
        self._load()

    def _load(self) -> ChatOpenAI:
        with self._loading:
            return self._client

    @cached_property
    def _client(self) -> ChatOpenAI:
        from langchain_openai import ChatOpenAI  # noqa: PLC0415 (a second of loading)

        place = self._endpoint
        return ChatOpenAI(
            model_name=place.name,
            openai_api_base=place.base_url or None,
            openai_api_key=SecretStr(place.api_key or _NO_KEY),
            max_retries=0,
            use_responses_api=False,
            extra_body={place.length_field: place.most_tokens},
        )

    def _asked(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], until: float
    ) -> ModelReply:
        client = self._load()
        from langsmith import tracing_context  # noqa: PLC0415 (comes with the libraries)

        left = max(0.1, until - time.monotonic())
        bound = client.bind_tools([dict(tool) for tool in tools]) if tools else client
        # Whatever the environment says: no conversation is copied to anybody's tracing service.
        with tracing_context(enabled=False):
            said = bound.invoke([_theirs(one) for one in messages], timeout=left)
        return _ours(said, messages)


def _theirs(message: Message) -> BaseMessage:
    from langchain_core.messages import (  # noqa: PLC0415 (loaded by the first question)
        AIMessage,
        HumanMessage,
        SystemMessage,
        ToolMessage,
    )

    match message.role:
        case "system":
            return SystemMessage(message.text)
        case "user":
            return HumanMessage(message.text)
        case "tool":
            return ToolMessage(message.text, tool_call_id=message.call_id)
        case "assistant":
            calls = [
                {"id": one.id, "name": one.name, "args": dict(one.arguments or {})}
                for one in message.calls
            ]
            return AIMessage(message.text, tool_calls=calls)


def _ours(said: AIMessage, messages: Sequence[Message]) -> ModelReply:
    text = said.content if isinstance(said.content, str) else _text_of(said.content)
    return ModelReply(
        text=text.strip(),
        calls=_wanted(said),
        finish=str(said.response_metadata.get("finish_reason") or "stop"),
        refusal=str(said.additional_kwargs.get("refusal") or ""),
        usage=_usage(said, messages, text),
    )


def _text_of(blocks: Sequence[Any]) -> str:
    """Return the words of an answer that came in parts."""
    texts = (one if isinstance(one, str) else str(one.get("text", "")) for one in blocks)
    return "".join(texts)


def _wanted(said: AIMessage) -> tuple[Wanted, ...]:
    """Return all calls; one without an id gets one, one that cannot be read is kept as such."""
    good = [(call["id"], call["name"], call["args"]) for call in said.tool_calls]
    bad = [(call["id"], call["name"], None) for call in said.invalid_tool_calls]
    return tuple(
        Wanted(f"{identity or 'call'}_{place}", name or "", arguments)
        for place, (identity, name, arguments) in enumerate([*good, *bad])
    )


def _usage(said: AIMessage, messages: Sequence[Message], text: str) -> Usage:
    counted = said.usage_metadata
    if counted:
        return Usage(counted["input_tokens"], counted["output_tokens"])
    return Usage(sum(estimate(one.text) for one in messages), estimate(text))
