"""Is it alive, can it serve, and how is it doing: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import hmac
import ipaddress
from datetime import datetime
from functools import lru_cache
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.api.background import Background
from bot.api.errors import RETRY_SECONDS, NotAllowed
from bot.api.metrics import Figures
from bot.app import App
from core.store.migrate import current, head
from core.store.unit_of_work import StoreUnavailable

# Work that lies longer than this means that nobody is taking it up.
_WAITS_TOO_LONG = 120


def health_routes(app: App, background: Background) -> APIRouter:
    """Return the three routes that machines ask."""
    router = APIRouter(include_in_schema=False)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(app, background))

    @router.get("/healthz")
    def alive() -> Response:
        """Say that the process answers; the database is not asked."""
        return JSONResponse({"alive": True})

    @router.get("/readyz")
    def ready() -> Response:
        """Say whether it can serve: database, schema, and whether work is being taken up."""
        found = readiness(app)
        is_ready = all(check["ok"] for check in found.values())
        headers = {} if is_ready else {"Retry-After": str(RETRY_SECONDS)}
        status = 200 if is_ready else 503
        return JSONResponse({"ready": is_ready, "checks": found}, status, headers)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        """Give Prometheus its figures: to this machine, or to whoever has the token."""
        if not _may_see(app, request):
            raise NotAllowed
        return PlainTextResponse(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def readiness(app: App) -> dict[str, dict[str, Any]]:
    """Return each check by name, with ``ok`` and what it found."""
    try:
        app.database.ping()
        revision = current(app.database.engine)
        with app.database.reading() as uow:
            waiting, oldest = uow.inbox.backlog()
            outbox = uow.outbox.tracking.backlog(now=app.clock.now())
    except StoreUnavailable:
        return {"database": {"ok": False}}
    age = _seconds(oldest, app.clock.now())
    return {
        "database": {"ok": True},
        "schema": {"ok": revision == _newest_revision(), "revision": revision},
        "inbox": {"ok": age < _WAITS_TOO_LONG, "waiting": waiting, "oldest_seconds": age},
        "outbox": {
            "ok": outbox.oldest_seconds < _WAITS_TOO_LONG,
            "waiting": outbox.ready,
            "oldest_seconds": outbox.oldest_seconds,
        },
    }


@lru_cache(maxsize=1)
def _newest_revision() -> str | None:
    return head()


def _seconds(moment: datetime | None, now: datetime) -> int:
    return max(0, round((now - moment).total_seconds())) if moment is not None else 0


def _may_see(app: App, request: Request) -> bool:
    token = app.settings.web.metrics_token.get_secret_value()
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # A request that came through a proxy is not from this machine, whatever its last hop was.
    if "forwarded" in request.headers or "x-forwarded-for" in request.headers:
        return False
    return request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
