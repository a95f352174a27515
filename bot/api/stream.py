"""The WebSocket of the web chat: what is said goes in and is acknowledged, news comes out.

The protocol, one JSON object a frame. From the page: ``message`` (text), ``choice`` (send) and
``file`` (file, name), each with the page's own ``id`` and the ``profile`` to answer in. To the
page: ``state``, ``message`` (with ``seq``), ``ack`` (id, seq), ``refused`` (id, text), ``typing``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.api.page_language import asked_for, page_words
from bot.api.talking import Face, Reader, Said, take
from bot.api.uploads import Uploads
from bot.api.web_session import WebDoor, WebSession
from bot.app import App
from core.conversation.context import Profile
from core.errors import FinanceError
from core.messaging.inbound import InboundFile
from core.messaging.mask import MAX_TEXT
from core.rate_limits import Limit, RateLimiter
from core.store.unit_of_work import StoreUnavailable

_log = logging.getLogger("financemaster.stream")

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FRAME_CHARACTERS = 64_000
# Close codes of the protocol: refused, broken, come again later.
_POLICY, _BROKEN, _LATER = 1008, 1011, 1013


class _Malformed(Exception):
    """The frame is no message of this protocol."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How much browsers may ask; ``poll_seconds`` is how long news may lie without a bell."""

    messages: int = 20
    messages_seconds: float = 30.0
    windows_per_session: int = 8
    windows: int = 2000
    threads: int = 32
    poll_seconds: float = 1.0


@dataclass(slots=True)
class Streams:
    """All open windows of this process."""

    app: App
    door: WebDoor
    uploads: Uploads
    limits: StreamLimits = field(default_factory=StreamLimits)
    _open: Counter[str] = field(default_factory=Counter)
    _rates: RateLimiter = field(init=False)
    _threads: CapacityLimiter | None = None

    def __post_init__(self) -> None:
        """Begin with nobody connected."""
        limit = Limit("windows", self.limits.messages, self.limits.messages_seconds)
        self._rates = self.app.limiters(limit)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one window until it closes."""
        session = self.door.find(socket.cookies)
        if session is None or not self.door.is_own_origin(socket.headers):
            await socket.close(_POLICY)
            return
        path = session.address.path
        if self._is_full(path):
            await socket.close(_LATER)
            return
        self._open[path] += 1
        try:
            await _Window(self, socket, session).run()
        finally:
            self._open[path] -= 1
            if not self._open[path]:
                del self._open[path]

    def _is_full(self, path: str) -> bool:
        here = self._open.get(path, 0)
        return here >= self.limits.windows_per_session or self._open.total() >= self.limits.windows

    def wait_seconds(self, session: WebSession) -> int:
        """Count a message and tell how long this browser must wait, 0 when it need not."""
        return self._rates.wait(session.address.path)

    async def in_thread(self, function: Any, *arguments: Any) -> Any:  # noqa: ANN401 - passed on
        """Run something that waits for the database, with a bound on how many do."""
        if self._threads is None:
            self._threads = CapacityLimiter(self.limits.threads)
        return await to_thread.run_sync(partial(function, *arguments), limiter=self._threads)


class _Window:
    """One browser window: a task that listens and a task that tells."""

    def __init__(self, streams: Streams, socket: WebSocket, session: WebSession) -> None:
        self._streams = streams
        self._app = streams.app
        self._socket = socket
        self._session = session
        self._news = asyncio.Event()
        self._sending = asyncio.Lock()
        self._reader = Reader(streams.app, session.address, _after(socket.query_params))

    async def run(self) -> None:
        """Open the line and keep it until the page goes or something breaks."""
        await self._socket.accept()
        stop = self._app.hub.listen(self._session.address.show(), self._bell())
        telling = asyncio.create_task(self._tell())
        listening = asyncio.create_task(self._listen())
        try:
            done, _ = await asyncio.wait({telling, listening}, return_when="FIRST_COMPLETED")
            await self._close(next(iter(done)))
        finally:
            stop()
            for task in (telling, listening):
                task.cancel()
            await asyncio.gather(telling, listening, return_exceptions=True)

    def _bell(self) -> Callable[[], None]:
        """Return what other threads ring; a loop that has ended hears nothing any more."""
        loop = asyncio.get_running_loop()

        def ring() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._news.set)

        return ring

    async def _close(self, ended: asyncio.Task[None]) -> None:
        match ended.exception():
            case None | WebSocketDisconnect() | RuntimeError():
                return
            case _Malformed():
                code = _POLICY
            case StoreUnavailable():
                code = _LATER
            case error:
                _log.error("window_broke", exc_info=error)
                code = _BROKEN
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code)

    async def _tell(self) -> None:
        """Send what is new, whenever the bell rings and now and then without it."""
        shown: Face | None = None
        while True:
            self._news.clear()
            face, messages = await self._streams.in_thread(self._reader.read)
            if face != shown:
                shown = face
                await self._send({"type": "state", **asdict(face)})
            for message in messages:
                await self._send(message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._streams.limits.poll_seconds):
                    await self._news.wait()

    async def _listen(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            await self._hear(_frame(event.get("text")))

    async def _hear(self, frame: Mapping[str, Any]) -> None:
        page_id = str(frame["id"])
        seconds = self._streams.wait_seconds(self._session)
        try:
            if seconds:
                await self._refuse(page_id, "rate.limited", {"seconds": seconds})
                return
            said = self._said(frame)
        except FinanceError as error:
            await self._refuse(page_id, error.code, error.fields)
            return
        taken = await self._streams.in_thread(take, self._app, self._session.address, said)
        await self._send({"type": "ack", "id": page_id, "seq": taken.seq})
        if taken.is_new:
            await self._send({"type": "typing", "on": True})

    def _said(self, frame: Mapping[str, Any]) -> Said:
        text, file = "", None
        match frame.get("type"):
            case "message":
                text = _text(frame, "text")
            case "choice":
                text = _text(frame, "send")
            case "file":
                file = self._file(_text(frame, "file"))
            case _:
                raise _Malformed
        language = asked_for(self._socket.headers)
        return Said(str(frame["id"]), text, _profile(frame), file, language)

    def _file(self, token: str) -> InboundFile:
        return self._streams.uploads.claim(token, self._session.address)

    async def _refuse(self, page_id: str, code: str, fields: Mapping[str, Any]) -> None:
        words = partial(page_words, self._app, self._session, self._socket.headers)
        text = (await self._streams.in_thread(words)).render(code, fields)
        await self._send({"type": "refused", "id": page_id, "text": text})

    async def _send(self, event: Mapping[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_text(json.dumps(event, ensure_ascii=False))


def _after(query: Mapping[str, str]) -> int:
    told = query.get("after", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0


def _frame(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > _FRAME_CHARACTERS:
        raise _Malformed
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise _Malformed from None
    if not isinstance(frame, dict) or not _ID.fullmatch(str(frame.get("id", ""))):
        raise _Malformed
    return frame


def _text(frame: Mapping[str, Any], name: str) -> str:
    text = frame.get(name)
    if not isinstance(text, str) or len(text) > 4 * MAX_TEXT:
        raise _Malformed
    return text


def _profile(frame: Mapping[str, Any]) -> Profile:
    try:
        return Profile(frame.get("profile", Profile.WEB.value))
    except ValueError:
        return Profile.WEB
