"""The reading tools for other assistants, over the Model Context Protocol and its own library.

Only `bot/commands/assistants.py` and the first request to ``/mcp`` import this: the library takes
half a second to load, which is nobody's message.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import anyio
import mcp_types as wire
from anyio import to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Receive, Scope, Send

from bot.api.assistant_reading import AssistantReading, Told
from bot.llm.model_tools import ModelTool
from bot.llm.observation import written
from core.errors import FinanceError
from core.users.user import User
from prompts.phrasebook import Phrasebook
from prompts.told import ASSISTANTS, told

_log = logging.getLogger("financemaster.assistants")
# A question is a few hundred bytes.
MOST_BYTES: Final = 64 * 1024
_MOST_ARGUMENTS = 20
_MOST_CHARACTERS = 500

Asked = ServerRequestContext[Any, Any]
Who = Callable[[Asked], User]


def reading_server(
    reading: AssistantReading, who: Who, book: Phrasebook, *, version: str
) -> Server[Any]:
    """Return a server whose every call reads for the user that ``who`` finds.

    ``who`` is given the library's request context and raises a `FinanceError` where there is
    nobody; ``book`` words that.
    """
    listed = wire.ListToolsResult(tools=[_shown(tool, says) for tool, says in reading.tools()])

    async def list_tools(_context: Asked, _wanted: object) -> wire.ListToolsResult:
        return listed

    async def call_tool(context: Asked, wanted: wire.CallToolRequestParams) -> wire.CallToolResult:
        answer = partial(_answer, reading, partial(who, context), book, wanted)
        return _result(await to_thread.run_sync(answer))

    server: Server[Any] = Server(
        "financemaster",
        version=version,
        title="FinanceMaster",
        instructions=told(ASSISTANTS, book.lang).text,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    server.middleware.clear()  # no span of what a user asked leaves for anybody's tracing
    return server


def serve_here(server: Server[Any]) -> None:
    """Serve over standard input and output until the other side closes them."""

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)


def over_http(server: Server[Any]) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return what answers one request over HTTP; nothing is kept between two."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=MOST_BYTES
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    return answer


def _answer(
    reading: AssistantReading,
    who: Callable[[], User],
    book: Phrasebook,
    wanted: wire.CallToolRequestParams,
) -> Told:
    try:
        return reading.answer(who(), wanted.name, _bounded(wanted.arguments or {}))
    except FinanceError as refused:
        data = {"error": refused.code, "message": book.render(refused.code, dict(refused.fields))}
        return Told(written(data), data, is_error=True)
    except Exception:  # the seam to a foreign loop: whoever asks learns nothing of the inside
        _log.exception("assistant_failed", extra={"tool": wanted.name[:40]})
        data = {"error": "tool.failed", "message": book.render("tool.failed")}
        return Told(written(data), data, is_error=True)


def _bounded(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments of a size that a question has; plain values only."""
    kept = list(arguments.items())[:_MOST_ARGUMENTS]
    return {
        str(name)[:40]: value[:_MOST_CHARACTERS] if isinstance(value, str) else value
        for name, value in kept
        if isinstance(value, (str, int, bool))
    }


def _result(answer: Told) -> wire.CallToolResult:
    texts = [answer.text] if answer.is_error else [answer.text, written(answer.data)]
    return wire.CallToolResult(
        content=[wire.TextContent(text=text) for text in texts],
        structured_content=dict(answer.data),
        is_error=answer.is_error,
    )


def _shown(tool: ModelTool, says: str) -> wire.Tool:
    return wire.Tool(
        name=tool.name,
        description=says,
        input_schema=dict(tool.schema),
        annotations=wire.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
