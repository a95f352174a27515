"""The cancellation provider's door: what became of a request, told by itself."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.app import App
from core.connect.cancellation_events import (
    CancellationWordForged,
    CancellationWordUnreadable,
    word_of,
)
from core.store.unit_of_work import StoreUnavailable
from workers.follow import take_word

PATH = "/hooks/cancellations"
SIGNATURE = "cancellation-signature"
_RETRY = {"Retry-After": "5"}


def cancellation_routes(app: App) -> APIRouter:
    """Return the route for the provider's words.

    403 for a bad or stale signature, 400 for what is no word, 503 when it could not be kept, so
    that the provider comes again; 200 otherwise, repeats and unknown requests included.
    """
    router = APIRouter()

    async def handle(request: Request) -> Response:
        """Take one word."""
        body = await request.body()
        signature = request.headers.get(SIGNATURE, "")
        try:
            await to_thread.run_sync(_take, app, body, signature)
        except CancellationWordForged:
            return Response(status_code=403)
        except CancellationWordUnreadable:
            return Response(status_code=400)
        except StoreUnavailable:
            return Response(status_code=503, headers=_RETRY)
        return Response()

    router.add_route(PATH, handle, methods=["POST"], include_in_schema=False)
    return router


def cancellation_secret(app: App) -> str:
    """Return what words are signed with: the operator's, else this installation's own."""
    own = app.settings.cancellations.webhook_secret.get_secret_value()
    return own or app.database.master.card_secret


def _take(app: App, body: bytes, signature: str) -> None:
    word = word_of(body, signature, cancellation_secret(app), now=app.clock.now())
    take_word(app.jobs, word.key, word.state)
