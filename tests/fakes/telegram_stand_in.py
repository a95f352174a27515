"""Telegram on this machine: an emulator of its Bot API, made to record, refuse and read markup."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

from aiohttp import web
from lo_bot_api_emulator import ApiRefusal, LoBotApiEmulator

TOKEN = "123456:STAND-IN-TOKEN"
_TAGS = {"b", "i", "u", "s", "a", "code", "pre", "em", "strong", "blockquote", "tg-spoiler"}
_SENDING = {"sendMessage", "sendPhoto", "sendDocument"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a bot, with its decoded fields and the names and sizes of its files."""

    method: str
    fields: dict[str, Any]
    files: dict[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than success to one request."""

    description: str
    status: int = 400
    parameters: dict[str, Any] = field(default_factory=dict)
    html: bool = False  # answer with a page, as a proxy would


class TelegramStandIn(LoBotApiEmulator):  # type: ignore[misc]  # ships no types
    """Start it with ``with``; ``base_url`` is what goes into the settings."""

    def __init__(self) -> None:
        super().__init__(allow_insecure_loopback_webhooks=True)
        self.calls: list[Call] = []
        self._refusals: dict[str, deque[Refusal]] = {}
        self._stalls: dict[str, float] = {}
        self._answers: dict[str, Any] = {}
        self._sent: list[tuple[int, Call]] = []

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.base_url = self._run(self._listen())
        return self

    def __exit__(self, *_error: object) -> None:
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def refuse_next(self, method: str, *refusals: Refusal) -> None:
        """Let the next requests of ``method`` be refused, in order."""
        self._refusals.setdefault(method, deque()).extend(refusals)

    def answer_next(self, method: str, result: Any) -> None:
        """Let the next request of ``method`` succeed with ``result``, whatever that is."""
        self._answers[method] = result

    def stall(self, method: str, seconds: float = 20) -> None:
        """Let ``method`` succeed and be answered so late; by default later than anybody waits."""
        self._stalls[method] = seconds

    def made(self, method: str) -> list[Call]:
        """Return the calls of one method, refused ones too."""
        return [call for call in self.calls if call.method == method]

    def sent(self) -> list[tuple[int, Call]]:
        """Return every message that was taken, with the number it got, oldest first."""
        return list(self._sent)

    def push(self, update: dict[str, Any], *, token: str = TOKEN) -> int:
        """Queue an update for polling or the webhook."""
        return int(self._run(self.enqueue_update(update, token=token)))

    def deliver(self, *, token: str = TOKEN) -> int:
        """Try the queued webhook deliveries again; return how many went through."""
        return int(self._run(self.deliver_updates(token=token)))

    def validate(self, method: str, fields: dict[str, Any], uploads: dict[str, Any]) -> Any:
        """Record the call, refuse it if asked to, and check what the emulator leaves out."""
        decoded = {name: _decoded(value) for name, value in fields.items()}
        files = {name: (part["filename"], part["size"]) for name, part in uploads.items()}
        call = Call(method, decoded, files)
        self.calls.append(call)
        if queued := self._refusals.get(method):
            refusal = queued.popleft()
            if refusal.html:
                raise _Page(refusal.status)
            raise ApiRefusal(refusal.description, refusal.status, refusal.parameters)
        if fields.get("parse_mode") == "HTML":
            _check_markup(fields.get("text") or fields.get("caption") or "")
        # The emulator does not know it; the official list does (tests/contracts).
        fields.pop("link_preview_options", None)
        result = super().validate(method, fields, uploads)
        if method in _SENDING:
            self._sent.append((int(result["message_id"]), call))
        if method in self._answers:
            return self._answers.pop(method)
        return {**result, "username": "stand_in_bot"} if method == "getMe" else result

    async def _listen(self) -> str:
        app = self.app()
        app.middlewares.append(self._pages)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @web.middleware
    async def _pages(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except _Page as page:
            text = "<html><body>Bad Gateway</body></html>"
            return web.Response(text=text, status=page.status, content_type="text/html")
        await asyncio.sleep(self._stalls.get(request.match_info.get("method", ""), 0))
        return response

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class _Page(Exception):
    """Answered with a page of HTML."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Markup(HTMLParser):
    """Refuses tags that Telegram does not know, and those that never close."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _TAGS:
            raise ApiRefusal(f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ApiRefusal("Bad Request: can't parse entities: unexpected end tag")


def _check_markup(text: str) -> None:
    if re.search(r"<(?![a-z/])", text):
        raise ApiRefusal("Bad Request: can't parse entities: unsupported start tag")
    parser = _Markup()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise ApiRefusal("Bad Request: can't parse entities: can't find end tag")


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return LoBotApiEmulator.decoded(value)
    except ValueError:
        return value
