"""The web server: every route, wrapped once, with the workers of embedded mode beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.api.admin import admin_routes
from bot.api.assistant_pages import assistant_routes
from bot.api.auth import Keys
from bot.api.background import SETTLING_SECONDS, Background
from bot.api.bank_hook import bank_hook_routes
from bot.api.bank_pages import bank_routes
from bot.api.calendar_routes import calendar_routes
from bot.api.cancellation_hook import cancellation_routes
from bot.api.card_hook import card_routes
from bot.api.chat import chat_routes
from bot.api.confirm_pages import confirm_routes
from bot.api.docs_page import docs_routes
from bot.api.downloads import download_routes
from bot.api.edge import Edge, EdgeSettings
from bot.api.errors import answer, code_of
from bot.api.health import health_routes
from bot.api.link_pages import link_routes
from bot.api.mail_pages import mail_routes
from bot.api.mcp_route import mcp_routes
from bot.api.process_figures import own_version
from bot.api.resource_routes import resource_routes
from bot.api.stream import StreamLimits, Streams
from bot.api.tool_routes import tool_routes
from bot.api.uploads import Uploads
from bot.api.web_session import WebDoor
from bot.api.webhooks import Doors, WebhookLimits, webhook_doors
from bot.app import App
from core.connect.objects import ObjectNotKept
from core.errors import FinanceError
from prompts.phrasebook import Phrasebook

# How long a browser's window may miss what another process wrote; in one process a bell rings.
_POLL_ALONE, _POLL_AMONG_MANY = 5.0, 1.0
_BODY_BYTES = 1_000_000
# What a form adds around a file.
_ENVELOPE_BYTES = 100_000
_UPLOADS = ("/web/upload", "/api/v1/statements")


def create_server(app: App, settling_seconds: float = SETTLING_SECONDS) -> FastAPI:
    """Return the web application of ``app``; it closes ``app`` when it ends.

    What the first answers need not wait for begins after ``settling_seconds``.
    """
    background = Background(app, settling_seconds)
    server = FastAPI(
        title="FinanceMaster",
        version=own_version(),
        docs_url=None,  # the usual pages load scripts from elsewhere; ours are in docs_page.py
        redoc_url=None,
        lifespan=partial(_lifespan, app, background),
    )
    server.state.keys = Keys(app)
    _add_routes(server, app, background)
    book = partial(app.phrasebook, "en")
    _add_errors(server, app, book)
    settings = EdgeSettings(
        new_id=partial(app.ids.new, "req"),
        https=app.settings.public_base_url.startswith("https:"),
        body_limit=partial(_body_limit, app.settings.files.max_upload_bytes),
        answer=partial(_refused, app),
    )
    doors = webhook_doors(app.catalog.adapters, app.accept, app.record_status, WebhookLimits())
    server.add_middleware(Doors, doors=doors)
    server.add_middleware(Edge, settings=settings)  # the last one is the outermost
    return server


@asynccontextmanager
async def _lifespan(app: App, background: Background, _server: FastAPI) -> AsyncIterator[None]:
    """Run what belongs beside the server, and end everything in order."""
    await to_thread.run_sync(background.start)
    try:
        yield
    finally:
        await to_thread.run_sync(background.stop)
        await to_thread.run_sync(app.close)


def _add_routes(server: FastAPI, app: App, background: Background) -> None:
    secret = app.database.master.signing_secret
    door = WebDoor(secret, app.settings.public_base_url)
    uploads = Uploads(app)
    poll = _POLL_ALONE if app.settings.inline_workers else _POLL_AMONG_MANY
    streams = Streams(app, door, uploads, StreamLimits(poll_seconds=poll))
    server.include_router(card_routes(app))
    server.include_router(cancellation_routes(app))
    server.include_router(bank_hook_routes(app.jobs))
    server.include_router(chat_routes(app, door, streams, uploads))
    server.include_router(download_routes(app))
    server.include_router(calendar_routes(app))
    server.include_router(mail_routes(app))
    server.include_router(mcp_routes(app, own_version()))
    server.include_router(link_routes(app, door))
    server.include_router(confirm_routes(app, door))
    server.include_router(bank_routes(app, door))
    server.include_router(assistant_routes(app, door))
    server.include_router(tool_routes(app))
    server.include_router(resource_routes(app, uploads))
    server.include_router(health_routes(app, background))
    server.include_router(admin_routes(app))
    server.include_router(docs_routes(app, server))


def _add_errors(server: FastAPI, app: App, book: Callable[[], Phrasebook]) -> None:
    async def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, FinanceError)
        return answer(request, error.code, error.fields, book())

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.headers and "Location" in error.headers:
            return RedirectResponse(error.headers["Location"], error.status_code)
        if isinstance(error.__cause__, OSError):  # no room to take the body in
            return answer(request, ObjectNotKept.code, {}, book())
        return _refused(app, request, error.status_code)

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])[:60]
        fields = {"field": field or str(first["loc"][0]), "problem": str(first["type"])}
        return answer(request, "tool.arguments", fields, book(), 422)

    server.add_exception_handler(FinanceError, expected)
    server.add_exception_handler(HTTPException, refused)
    server.add_exception_handler(RequestValidationError, unreadable)


def _refused(app: App, request: Request, status: int) -> Response:
    """Answer with a status that no code of ours came with."""
    most = app.settings.files.max_upload_bytes if request.url.path in _UPLOADS else _BODY_BYTES
    fields = {"limit": f"{most / 1_000_000:.3g} MB"} if status == 413 else {}
    return answer(request, code_of(status), fields, app.phrasebook("en"), status)


def _body_limit(upload_bytes: int, path: str) -> int:
    return upload_bytes + _ENVELOPE_BYTES if path in _UPLOADS else _BODY_BYTES
