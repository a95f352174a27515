"""``POST /mcp``: other assistants read over HTTP, each with a key of its user's.

Whoever has no key that works is refused before anything of the protocol is even loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.api.assistant_keys import AssistantDoor
from bot.api.assistant_reading import AssistantReading
from bot.api.errors import NotAllowed, SignedOut
from bot.app import App
from core.users.user import User

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

PLACE = "/mcp"


def mcp_routes(app: App, version: str) -> APIRouter:
    """Return the one route; it holds no session, so any process can answer any request."""
    router = APIRouter(include_in_schema=False)
    router.add_route(PLACE, _Mcp(app, version))  # type: ignore[arg-type]
    return router


class _Mcp:
    """An ASGI application: key, then protocol."""

    def __init__(self, app: App, version: str) -> None:
        self._app = app
        self._version = version
        self._door = AssistantDoor(app)
        self._loading = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method != "POST":
            # No stream is held open for anybody: nothing is ever told unasked.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        if not _is_at_home(request):
            raise NotAllowed
        user = await to_thread.run_sync(self._door.reader, _token(request))
        scope.setdefault("state", {})["reader"] = user
        answer = await to_thread.run_sync(self._load)
        await answer(scope, receive, send)

    def _load(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        with self._loading:
            return self._answer

    @cached_property
    def _answer(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        from bot.api.mcp_server import over_http, reading_server  # noqa: PLC0415 (half a second)

        reading = AssistantReading(self._app)
        book = self._app.phrasebook("en")
        return over_http(reading_server(reading, _reader, book, version=self._version))


def _reader(context: ServerRequestContext[Any, Any]) -> User:
    """Return whose key came with the request that is being answered."""
    user = getattr(getattr(context.request, "state", None), "reader", None)
    if not isinstance(user, User):
        raise SignedOut
    return user


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.casefold() == "bearer" else ""


def _is_at_home(request: Request) -> bool:
    """Tell whether a page that asks is one of this server's; programs name no origin."""
    origin = request.headers.get("origin", "")
    return not origin or urlsplit(origin).netloc == request.headers.get("host", "")
