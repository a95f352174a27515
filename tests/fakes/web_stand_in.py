"""A stand-in for the web chat's server: the same addresses and messages, scripted answers.

It serves the real page and the real words, and renders its scripted answers with the real
phrasebook, so that a browser sees what a person would see. Everything is in memory.
"""

from __future__ import annotations

import asyncio
import struct
import threading
import zlib
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response, UploadFile, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse

import bot
from core.facts import Answer, Choice, Fact, Line, count, day, money, named, span
from core.money import Money
from core.period import Period
from prompts.compose import Text, compose, say
from prompts.figures import Style
from prompts.fit import fit
from prompts.phrasebook import Phrasebook

PAGE = Path(bot.__file__).parent / "web"
TODAY = date(2026, 11, 20)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NASTY = '<img src=x onerror="document.title=1"><script>document.title=2</script> & "\'>'


@dataclass
class WebStandIn:
    """The conversation, its open sockets, and what tests ask of both."""

    log: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[WebSocket] = field(default_factory=set)
    received: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    silent: bool = False  # swallow what is sent, as a server that dies before it commits
    book: Phrasebook = field(default_factory=lambda: Phrasebook.load("en"))
    loop: asyncio.AbstractEventLoop | None = None
    address: str = ""

    def run(self, task: Coroutine[object, object, object]) -> None:
        """Run a coroutine in the server's loop."""
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(task, self.loop).result(10)

    def drop(self) -> None:
        """Close every socket, as a restart of the server does."""
        self.run(self._drop())

    def push(self, text: str, **more: object) -> None:
        """Say something without being asked."""
        self.run(self.publish("bot", text, **more))

    async def publish(self, sender: str, text: str, **more: object) -> int:
        """Add a message to the log and send it to every socket."""
        message = {
            "type": "message",
            "seq": len(self.log) + 1,
            "from": sender,
            "text": text,
            "choices": [],
            "attachments": [],
            "at": datetime.now(UTC).isoformat(),  # noqa: TID251 - what a browser shows as now
            "profile": "web",
        } | more
        self.log.append(message)
        for socket in list(self.sockets):
            await socket.send_json(message)
        return len(self.log)

    async def converse(self, socket: WebSocket, after: int) -> None:
        """Replay what came after, then answer until the socket closes."""
        await socket.accept()
        self.loop = asyncio.get_running_loop()
        self.sockets.add(socket)
        await socket.send_json({"type": "state", "linked": True, "name": "Maya", "profile": "web"})
        try:
            for message in self.log[after:]:
                await socket.send_json(message)
            while True:
                await self._take(socket, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets.discard(socket)

    async def _take(self, socket: WebSocket, message: dict[str, Any]) -> None:
        self.received.append(message)
        if self.silent:
            return
        repeated = message["id"] in self.acknowledged
        if not repeated:
            shown = message.get("text") or message.get("send") or ""
            attachments = []
            if message["type"] == "file":
                attachments = [{"kind": "file", "name": message["name"], "url": ""}]
            self.acknowledged[message["id"]] = await self.publish(
                "user", shown, attachments=attachments, id=message["id"]
            )
        seq = self.acknowledged[message["id"]]
        await socket.send_json({"type": "ack", "id": message["id"], "seq": seq})
        if not repeated:
            await socket.send_json({"type": "typing", "on": True})
            await asyncio.sleep(0.25)
            await self._answer(message)

    async def _answer(self, message: dict[str, Any]) -> None:
        profile = message["profile"]
        words = str(message.get("text") or message.get("send") or "statement").lower()
        for text, attachments in script(words, self.book, profile):
            fitted = fit(text.glued, text.labels, profile, self.book, whole="code" in words)
            choices = [{"label": label.text, "send": label.send} for label in fitted.buttons]
            await self.publish(
                "bot", fitted.text, choices=choices, attachments=attachments, profile=profile
            )

    async def _drop(self) -> None:
        for socket in list(self.sockets):
            await socket.close(1012)


def script(
    said: str, book: Phrasebook, profile: str
) -> Iterator[tuple[Text, list[Mapping[str, str]]]]:
    """Yield the scripted answers to ``said``."""
    style = Style("en_US", "Europe/Madrid", TODAY, profile)
    for words, answer in _ANSWERS.items():
        if words in said:
            yield compose(answer, book, style), []
            return
    if "demo" in said:
        yield say("demo.started", {"name": "Maya"}, book, style), []
    elif "report" in said:
        month = span("period", Period(date(2026, 10, 1), date(2026, 11, 1)))
        facts = {
            "period": month,
            "spent": _usd("spent", "2184.20"),
            "income": _usd("income", "3100"),
        }
        text = say("report.caption", facts, book, style)
        chart = {"kind": "image", "name": "October by category", "url": "/web/files/chart.png"}
        report = {"kind": "file", "name": "spending-2026-10.pdf", "url": "/web/files/report.pdf"}
        yield text, [chart, report]
    elif "nasty" in said:
        choice = Choice("undo", text=NASTY)
        label = compose(Answer("chat.ok", choices=(choice,)), book, style).labels
        evil = {"kind": "file", "name": NASTY, "url": "javascript:document.title=3"}
        yield Text(NASTY, label), [evil, {**evil, "kind": "image"}]
    else:
        yield say("chat.hello", {"name": "Maya"}, book, style), []


def _usd(name: str, amount: str) -> Fact:
    return money(name, Money.of(amount, "USD"))


def _entry(number: int, payee: str, amount: str, category: str) -> Line:
    facts = (
        day("date", date(2026, 11, number)),
        named("payee", payee),
        _usd("amount", amount),
        named("category", category),
    )
    return Line(facts, subject=f"entry:{number}")


_NOVEMBER = span("period", Period(date(2026, 11, 1), date(2026, 11, 21)))
_NETFLIX = (
    named("name", "Netflix"),
    _usd("amount", "-15.49"),
    named("cadence", "monthly"),
    named("code", "K7QM"),
    named("provider", "Netflix"),
    day("ends", date(2026, 12, 3)),
    day("expires", datetime(2026, 11, 20, 12, 15, tzinfo=UTC)),
    day("at", datetime(2026, 11, 20, 12, 4, tzinfo=UTC)),
)
_ANSWERS: dict[str, Answer] = {
    "food this month": Answer(
        "show_spending.compared_more",
        (
            _usd("spent", "-312.40"),
            named("category", "Food"),
            _NOVEMBER,
            _usd("difference", "25.15"),
            span("other_period", Period(date(2026, 10, 1), date(2026, 10, 21))),
            _usd("other_spent", "-287.25"),
        ),
        choices=(
            Choice("food by merchant", text="By merchant"),
            Choice("show food", text="Show entries"),
        ),
    ),
    "show food": Answer(
        "find_entries.list",
        (count("found", 4), named("category", "Food"), _NOVEMBER, _usd("total", "-312.40")),
        (
            _entry(19, "Whole Foods Market", "-84.12", "Groceries"),
            _entry(17, "Chipotle", "-12.40", "Restaurants"),
            _entry(12, "Trader Joe's", "-61.08", "Groceries"),
            _entry(8, "Costco", "-154.80", "Groceries"),
        ),
    ),
    "coffee 4": Answer(
        "add_entry.added",
        (
            _usd("amount", "-4.00"),
            named("payee", "Coffee"),
            named("category", "Restaurants"),
            _usd("left", "83.60"),
            _usd("limit", "400"),
            named("budget", "Food"),
        ),
        choices=(Choice("undo", phrase="choice.undo"),),
    ),
    "decline k7qm": Answer("approval.declined", _NETFLIX),
    "approve k7qm": Answer("approval.requested", _NETFLIX),
    "cancel netflix": Answer(
        "approval.proposed",
        _NETFLIX,
        choices=(
            Choice("APPROVE K7QM", phrase="choice.approve"),
            Choice("DECLINE K7QM", phrase="choice.decline"),
        ),
    ),
    "which": Answer(
        "clarify.which_account",
        choices=(
            Choice("1", text="Chase ••1234"),
            Choice("2", text="Savings ••9876"),
            Choice("3", text="Cash"),
        ),
    ),
    "statement": Answer(
        "import_statement.imported",
        (
            count("new", 42),
            named("account", "Chase ••1234"),
            _NOVEMBER,
            count("known", 6),
            _usd("balance", "2140.18"),
        ),
    ),
    "undo": Answer("undo.entry_added", (named("payee", "Coffee"), _usd("amount", "4.00"))),
}


def make_app(stand_in: WebStandIn) -> FastAPI:
    """Make the web application of ``stand_in``."""
    app = FastAPI()
    app.add_api_route("/", _page)
    app.add_api_route("/web/files/{name}", _download)

    @app.get("/web/words.json")
    async def words() -> JSONResponse:
        return JSONResponse({**stand_in.book.table("web"), "lang": stand_in.book.lang})

    @app.post("/web/upload")
    async def upload(file: UploadFile) -> JSONResponse:
        content = await file.read()
        if len(content) > 1_000_000:
            return JSONResponse({}, 413)
        stand_in.files[f"file-{len(stand_in.files) + 1}"] = content
        return JSONResponse({"file": f"file-{len(stand_in.files)}"})

    app.add_api_route("/web/{name}", _asset)

    @app.websocket("/api/v1/stream")
    async def stream(socket: WebSocket, after: int = 0) -> None:
        await stand_in.converse(socket, after)

    return app


async def _page() -> FileResponse:
    response = FileResponse(PAGE / "index.html")
    response.headers["Content-Security-Policy"] = POLICY
    response.set_cookie("fm_session", "stand-in", httponly=True, samesite="strict")
    return response


async def _asset(name: str) -> FileResponse:
    return FileResponse(PAGE / Path(name).name)


async def _download(name: str) -> Response:
    if name.endswith(".png"):
        return Response(chart_png(), media_type="image/png")
    return Response(b"%PDF-1.4\n%%EOF\n", media_type="application/pdf")


def chart_png() -> bytes:
    """Draw a small bar chart without a library: five bars on white."""
    width, height, bars = 320, 180, (150, 118, 82, 64, 30)

    def pixel(x: int, y: int) -> bytes:
        place, inside = divmod(x - 20, 58)
        bar = 0 <= place < len(bars) and inside < 40 and height - 14 - y <= bars[place] - 8
        return bytes((185, 74, 38)) if bar and y < height - 14 else b"\xff\xff\xff"

    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@contextmanager
def serving(port: int = 0) -> Iterator[WebStandIn]:
    """Serve a fresh stand-in on this machine until the block ends."""
    stand_in = WebStandIn()
    config = uvicorn.Config(
        make_app(stand_in), host="127.0.0.1", port=port, log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    stand_in.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield stand_in
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
