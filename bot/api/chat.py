"""The web chat over HTTP: the page, its parts, its words, files sent with it, and its line."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

from fastapi import APIRouter, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.websockets import WebSocket

import bot
from bot.api.edge import MAY_LISTEN
from bot.api.errors import NotAllowed, NotFound, SignedOut, Throttled
from bot.api.page_language import page_words
from bot.api.stream import Streams
from bot.api.uploads import Uploads
from bot.api.web_session import WebDoor, WebSession
from bot.app import App
from core.rate_limits import Limit, RateLimiter

# The page asks again each time and gets a short "not modified": an upgrade shows at once.
_CHECK_AGAIN = "no-cache"
_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_UPLOADS_PER_MINUTE = 10


def chat_routes(app: App, door: WebDoor, streams: Streams, uploads: Uploads) -> APIRouter:
    """Return the routes of the web chat."""
    router = APIRouter(include_in_schema=False)
    _add_page(router, app, door)
    _add_parts(router, app, door)
    limit = app.limiters(Limit("uploads", _UPLOADS_PER_MINUTE, 60))
    _add_upload(router, door, uploads, limit)

    @router.websocket("/api/v1/stream")
    async def stream(socket: WebSocket) -> None:
        """Keep a browser window's line open."""
        await streams.serve(socket)

    return router


def _add_page(router: APIRouter, app: App, door: WebDoor) -> None:
    @router.get("/")
    def page(request: Request) -> Response:
        """Serve the chat, and give the browser the cookie that is its address."""
        session = door.find(request.cookies) or WebSession(app.ids.token())
        response = Response(_part("index.html"), media_type="text/html; charset=utf-8")
        if app.settings.voice.is_on:
            response.headers["Permissions-Policy"] = MAY_LISTEN
        door.keep(response, session)
        return response

    @router.get("/favicon.ico")
    def icon() -> Response:
        """Send those who ask for an icon by habit to the one there is."""
        return RedirectResponse("/web/icon.svg", 308)


def _add_parts(router: APIRouter, app: App, door: WebDoor) -> None:
    @router.get("/web/words.json")
    def words(request: Request) -> Response:
        """Give the page its words, and the language they are in."""
        book = page_words(app, door.find(request.cookies), request.headers)
        voice = app.settings.voice
        # So many seconds of a voice note are heard; none where nobody hears.
        hears = str(voice.most_seconds) if voice.is_on else ""
        told = {**book.table("web"), "lang": book.lang, "hears": hears}
        headers = {"Cache-Control": _CHECK_AGAIN, "Vary": "Cookie, Accept-Language"}
        return JSONResponse(told, headers=headers)

    @router.get("/web/{name}")
    def part(name: str, request: Request) -> Response:
        """Serve a script, a style sheet or a drawing of the pages."""
        ending = name.rpartition(".")[2]
        if ending not in _TYPES or name not in _parts():
            raise NotFound
        tag = f'"{hashlib.sha256(_part(name)).hexdigest()[:16]}"'
        headers = {"Cache-Control": _CHECK_AGAIN, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(_part(name), media_type=_TYPES[ending], headers=headers)


def _add_upload(router: APIRouter, door: WebDoor, uploads: Uploads, rates: RateLimiter) -> None:
    @router.post("/web/upload")
    def upload(request: Request, file: UploadFile) -> Response:
        """Keep a file until the chat names it."""
        session = door.find(request.cookies)
        if session is None:
            raise SignedOut
        if not door.is_own_origin(request.headers):
            raise NotAllowed
        seconds = rates.wait(session.address.path)
        if seconds:
            raise Throttled(seconds=seconds)
        token = uploads.keep(session.address, file.filename or "", file.file.read())
        return JSONResponse({"file": token})


@lru_cache(maxsize=1)
def _parts() -> frozenset[str]:
    return frozenset(item.name for item in files(bot).joinpath("web").iterdir() if item.is_file())


@lru_cache(maxsize=64)
def _part(name: str) -> bytes:
    return files(bot).joinpath("web", name).read_bytes()
