"""A user's calendar behind a secret address, for programs that ask again and again."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from bot.api.errors import NotFound
from bot.app import App
from bot.feed import calendar_of
from core.schedules.ics import MEDIA_TYPE

# A link that was ended may be read from its reader's own memory for that long.
_SECONDS_KEPT = 900


def calendar_routes(app: App) -> APIRouter:
    """Return ``/calendar/<token>.ics``; a token that opens nothing is an address that is not there.

    The edge logs routes and never paths, so no token is written down.
    """
    router = APIRouter(include_in_schema=False)

    @router.api_route("/calendar/{token}.ics", methods=["GET", "HEAD"])
    def calendar(token: str, if_none_match: Annotated[str, Header()] = "") -> Response:
        """Hand out the calendar, or say that the one that is there is still true."""
        with app.database.reading() as uow:
            owner = uow.calendars.owner(token)
        if owner is None:
            raise NotFound
        content = calendar_of(app, owner).encode("utf-8", "replace")
        mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {
            "ETag": mark,
            "Cache-Control": f"private, max-age={_SECONDS_KEPT}",
            "X-Robots-Tag": "noindex",
        }
        if mark in _marks(if_none_match):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="financemaster.ics"'
        return Response(content, media_type=MEDIA_TYPE, headers=headers)

    return router


def _marks(header: str) -> frozenset[str]:
    """Return the entity tags that a request names, weak ones as well."""
    return frozenset(part.strip().removeprefix("W/") for part in header.split(","))
