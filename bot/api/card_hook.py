"""The card issuer's door: an authorisation is answered at once, for the shop is waiting."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.app import App
from bot.cards import take
from core.connect.card_issuer import CardEventForged, CardEventUnreadable
from core.store.unit_of_work import StoreUnavailable

PATH = "/hooks/cards"
SIGNATURE = "card-signature"
_RETRY = {"Retry-After": "5"}


def card_routes(app: App) -> APIRouter:
    """Return the route for events of the issuer.

    403 for a bad or stale signature, 400 for what is no event, 503 when it could not be kept, so
    that the issuer comes again; 200 with the ruling otherwise, repeats included.
    """
    router = APIRouter()

    async def handle(request: Request) -> Response:
        """Answer one event."""
        body = await request.body()
        signature = request.headers.get(SIGNATURE, "")
        try:
            ruling = await to_thread.run_sync(take, app, body, signature)
        except CardEventForged:
            return Response(status_code=403)
        except CardEventUnreadable:
            return Response(status_code=400)
        except StoreUnavailable:
            return Response(status_code=503, headers=_RETRY)
        return JSONResponse({"approved": ruling.approved, "reason": ruling.reason})

    router.add_route(PATH, handle, methods=["POST"], include_in_schema=False)
    return router
