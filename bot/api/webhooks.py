"""The providers' doors: verify, store, answer fast; nothing is understood here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.inbound import (
    Accept,
    BadSignature,
    InboundAdapter,
    Inbox,
    Parsed,
    RawRequest,
    RecordStatus,
    Unreadable,
    receive,
)
from core.messaging.inbound import InboundMessage
from core.messaging.mask import cleaned
from core.tracing import Attribute, Span, span

_log = logging.getLogger(__name__)

# Looking for card numbers in longer text takes long enough to hold up other requests.
_SHORT = 500
# What is said in a trace of how a request was answered.
_OUTCOMES = {400: "unreadable", 403: "bad_signature", 503: "not_stored"}


@dataclass(frozen=True, slots=True)
class WebhookLimits:
    """What a request may cost; ``threads`` bounds how many wait for the store at once."""

    body_bytes: int = 256 * 1024
    read_seconds: float = 10.0
    store_seconds: float = 10.0
    threads: int = 64
    retry_after_seconds: int = 5


class _BodyTooLarge(Exception):
    """The body is longer than any provider's."""


def webhook_doors(
    adapters: Sequence[InboundAdapter],
    accept: Accept | Inbox,
    record_status: RecordStatus,
    limits: WebhookLimits,
) -> Mapping[str, Door]:
    """Return the door of each adapter by its path.

    With an `Inbox` (the group writer) for ``accept`` no thread waits for the disk, which takes
    about a fifth more messages a second than a plain function.

    403 for a bad signature, 400 for what is no payload, 413 and 408 for what is too long or too
    slow, 503 with Retry-After when it could not be stored, so that the provider comes again.
    Noise and repeats are answered with success.
    """
    # A plain function waits for the disk in a thread, and only so many wait at once.
    limiter = CapacityLimiter(limits.threads)
    doors = (Door(each, accept, record_status, limits, limiter) for each in adapters)
    return {door.path: door for door in doors}


class Doors:
    """Answers what is posted to a door, and passes everything else on.

    It stands before the router: these are most requests of all, and finding their route takes
    as long as everything that is done for them.
    """

    def __init__(self, app: ASGIApp, *, doors: Mapping[str, Door]) -> None:
        """Stand before ``app``."""
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or pass it on."""
        door = self._doors.get(scope["path"]) if scope["type"] == "http" else None
        if door is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = door
        if scope["method"] == "POST":
            response = await door.handle(Request(scope, receive))
        else:
            response = Response(status_code=405, headers={"Allow": "POST"})
        await response(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Door:
    """Answers the requests of one adapter."""

    adapter: InboundAdapter
    accept: Accept | Inbox
    record_status: RecordStatus
    limits: WebhookLimits
    limiter: CapacityLimiter

    @property
    def path(self) -> str:
        """Where it is."""
        return self.adapter.path

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            async with asyncio.timeout(self.limits.read_seconds):
                body = await self._body(request)
        except _BodyTooLarge:
            return Response(status_code=413)
        except HTTPException as refused:  # by the layer around this one
            return Response(status_code=refused.status_code)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        with span(Span.WEBHOOK, {Attribute.ROUTE: self.adapter.path}) as going:
            response = await self._answer(_raw(request, body))
            going.say(Attribute.OUTCOME, _OUTCOMES.get(response.status_code, "accepted"))
        return response

    async def _answer(self, raw: RawRequest) -> Response:
        try:
            parsed = self.adapter.parse(raw)
        except BadSignature:
            _log.warning("refused a request with a bad signature at %s", self.adapter.path)
            return Response(status_code=403)
        except Unreadable:
            return Response(status_code=400)
        try:
            await self._store(parsed)
        except Exception as error:
            # Only its kind: a database error may quote the message. Never a success: whatever
            # went wrong, the provider must send it again.
            _log.error("an event was not stored (%s)", type(error).__name__)
            retry = {"Retry-After": str(self.limits.retry_after_seconds)}
            return Response(status_code=503, headers=retry)
        content, media_type = self.adapter.answer
        return Response(content, media_type=media_type)

    async def _store(self, parsed: Parsed) -> None:
        """Store every item, waiting in the loop where the store can tell it when it is done."""
        match parsed.items, self.accept:
            case (InboundMessage() as message,), Inbox() as inbox if len(message.text) <= _SHORT:
                future = asyncio.wrap_future(inbox.submit(cleaned(message)))
                async with asyncio.timeout(self.limits.store_seconds):
                    await future
                if parsed.acknowledge is not None:
                    parsed.acknowledge()
            case _, accept:
                plain = _waiting(accept, self.limits.store_seconds)
                await to_thread.run_sync(
                    receive, parsed, plain, self.record_status, limiter=self.limiter
                )

    async def _body(self, request: Request) -> bytes:
        told = request.headers.get("content-length", "")
        if told.isdigit() and (len(told) > 9 or int(told) > self.limits.body_bytes):
            raise _BodyTooLarge
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.limits.body_bytes:
                raise _BodyTooLarge
        return bytes(body)


def _waiting(accept: Accept | Inbox, seconds: float) -> Accept:
    """Return ``accept`` as a function that waits."""
    if not isinstance(accept, Inbox):
        return accept
    return lambda message: accept.submit(message).result(seconds)


def _raw(request: Request, body: bytes) -> RawRequest:
    """Return the request with path and query exactly as they were sent: that is what is signed."""
    scope = request.scope
    path = scope.get("raw_path") or scope["path"].encode()
    target = path.partition(b"?")[0].decode("latin-1")
    if query := scope["query_string"]:
        target += "?" + query.decode("latin-1")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return RawRequest(target, headers, body)
