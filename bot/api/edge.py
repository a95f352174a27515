"""The outermost layer of the web server: request ids, headers, limits, what nobody foresaw."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("financemaster.requests")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_NOTHING_OF_THE_DEVICE = "camera=(), geolocation=(), microphone=(), payment=()"
# Of the page that records voice notes, after a press.
MAY_LISTEN = _NOTHING_OF_THE_DEVICE.replace("microphone=()", "microphone=(self)")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": a browser would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _NOTHING_OF_THE_DEVICE,
}
_HTTPS_ONLY = "max-age=31536000; includeSubDomains"
# Asked by machines every few seconds, or stored with a line of its own.
_QUIET = ("/healthz", "/readyz", "/metrics", "/web/", "/hooks/")


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the edge is told: ids, whether only HTTPS leads here, how long a body may be.

    ``answer`` writes the answer to a request that ends here, for its status.
    """

    new_id: Callable[[], str]
    https: bool
    body_limit: Callable[[str], int]
    answer: Callable[[Request, int], Response]
    read_seconds: float = 30.0  # how long the next part of a body may keep us waiting


class Edge:
    """Wraps the whole application; the last of the three places that catch everything."""

    def __init__(self, app: ASGIApp, *, settings: EdgeSettings) -> None:
        """Wrap ``app``."""
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; WebSockets pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._settings)
        scope.setdefault("state", {})["request_id"] = exchange.id
        try:
            if exchange.is_told_too_long:
                await self._settings.answer(Request(scope), 413)(scope, receive, exchange.send)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            _log.exception("request_failed", extra={"request": exchange.id})
            if exchange.status:
                raise  # half an answer is out: only a broken connection tells the truth
            await self._settings.answer(Request(scope), 500)(scope, receive, exchange.send)
        finally:
            exchange.log()


class _Exchange:
    """One request and its answer on their way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: EdgeSettings) -> None:
        self.id = settings.new_id()
        self.status = 0
        self._scope = scope
        self._receive = receive
        self._send = send
        self._https = settings.https
        self._read_seconds: float | None = settings.read_seconds
        self._left = settings.body_limit(scope["path"])
        self._began = time.monotonic()

    @property
    def is_told_too_long(self) -> bool:
        """Tell whether the request itself says that its body is longer than we take."""
        told = dict(self._scope["headers"]).get(b"content-length", b"")
        return told.isdigit() and (len(told) > 12 or int(told) > self._left)

    async def receive(self) -> Message:
        """Pass the body on, up to its limit, as long as it keeps coming."""
        try:
            async with asyncio.timeout(self._read_seconds):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413)
            if not message.get("more_body", False):
                self._read_seconds = None  # what may still come is that the client has gone
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
            headers["X-Request-ID"] = self.id
            if self._https:
                headers["Strict-Transport-Security"] = _HTTPS_ONLY
        await self._send(message)

    def log(self) -> None:
        """Write one line: the route and never the path, which may hold a token."""
        route = getattr(self._scope.get("route"), "path", "-")
        quiet = self._scope["path"].startswith(_QUIET) and self.status < 400
        _log.log(
            logging.DEBUG if quiet else logging.INFO,
            "request id=%s method=%s route=%s status=%d ms=%d",
            self.id,
            self._scope["method"],
            route,
            self.status,
            round((time.monotonic() - self._began) * 1000),
        )
