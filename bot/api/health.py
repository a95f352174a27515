"""Is it alive, can it serve, and how is it doing: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.api.background import Background
from bot.api.errors import RETRY_SECONDS, NotAllowed
from bot.api.metrics import Figures
from bot.api.process_figures import ProcessFigures, may_read
from bot.app import App
from core.store.migrate import current, is_served
from core.store.unit_of_work import StoreUnavailable

# Work that lies longer than this means that nobody is taking it up.
_WAITS_TOO_LONG = 120


def health_routes(app: App, background: Background) -> APIRouter:
    """Return the three routes that machines ask."""
    router = APIRouter(include_in_schema=False)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(app))
    registry.register(ProcessFigures(app, lambda: background.job_runs))

    @router.get("/healthz")
    def alive() -> Response:
        """Say that the process answers; the database is not asked."""
        return JSONResponse({"alive": True})

    @router.get("/readyz")
    def ready(checks: str = "") -> Response:
        """Say whether it can serve: database, schema, and whether work is being taken up.

        ``?checks=database,schema`` asks for those alone: who sends traffic here must not stop
        because the workers are behind, for then nothing would be taken in any more.
        """
        found = readiness(app)
        if checks:
            found = {name: found.get(name, {"ok": False}) for name in checks.split(",")[:8]}
        is_ready = all(check["ok"] for check in found.values())
        headers = {} if is_ready else {"Retry-After": str(RETRY_SECONDS)}
        status = 200 if is_ready else 503
        return JSONResponse({"ready": is_ready, "checks": found}, status, headers)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        """Give Prometheus its figures: to this machine, or to whoever has the token."""
        host = request.client.host if request.client is not None else ""
        if not may_read(app, request.headers, host):
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
        "schema": {"ok": is_served(revision), "revision": revision},
        "inbox": {"ok": age < _WAITS_TOO_LONG, "waiting": waiting, "oldest_seconds": age},
        "outbox": {
            "ok": outbox.oldest_seconds < _WAITS_TOO_LONG,
            "waiting": outbox.ready,
            "oldest_seconds": outbox.oldest_seconds,
        },
    }


def _seconds(moment: datetime | None, now: datetime) -> int:
    return max(0, round((now - moment).total_seconds())) if moment is not None else 0
