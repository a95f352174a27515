"""Files for users and for the providers that deliver them: behind signed links that expire."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from bot.api.errors import NotFound
from bot.api.uploads import media_type
from bot.app import App
from core.connect.objects import ObjectKeyUnsafe, ObjectMissing

# What may be told to a browser as it is; all else is only bytes.
_TOLD = re.compile(
    r"application/(pdf|json|vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet)"
    r"|image/(png|jpeg|gif|webp)|text/(csv|plain)"
)
_PLAIN = re.compile(r"[^A-Za-z0-9 ._-]")


def download_routes(app: App) -> APIRouter:
    """Return ``/files/<token>/<name>``: the signature is bound to one object and expires."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/files/{token}/{name}", methods=["GET", "HEAD"])
    def download(token: str, name: str) -> Response:
        """Hand a file out, as something to keep and never as a page of ours."""
        key = app.links.open(token)
        if key is None:
            raise NotFound
        try:
            content = app.objects.get(key)
        except (ObjectMissing, ObjectKeyUnsafe):
            raise NotFound from None
        with app.database.reading() as uow:
            known = uow.files.get(key)
        told = known.media_type if known else media_type(name)
        return Response(
            content,
            media_type=told if _TOLD.fullmatch(told) else "application/octet-stream",
            headers={
                "Content-Disposition": _disposition(known.name if known else name),
                "Cache-Control": "private, no-store",
            },
        )

    return router


def _disposition(name: str) -> str:
    plain = _PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
