"""The door of whoever reads banks: it posts when there is something new, or something is wrong."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.providers import BANK_HOOK
from core.connect.bank_feed import (
    BankUnavailable,
    BankWordForged,
    BankWordUnreadable,
    TellsByItself,
)
from core.store.unit_of_work import StoreUnavailable
from workers.bank_words import take_word
from workers.context import JobContext

PROVIDER = "plaid"
SIGNATURE = "plaid-verification"
_RETRY = {"Retry-After": "5"}


def bank_hook_routes(context: JobContext) -> APIRouter:
    """Return the route for Plaid's words.

    404 where Plaid is not set up; 403 for a bad or stale signature, 400 for what is no word, 503
    when its key could not be asked for or it could not be kept, so that Plaid comes again; 200
    otherwise, repeats, unknown connections and what is of no concern included.
    """
    router = APIRouter()

    async def handle(request: Request) -> Response:
        """Take one word."""
        body = await request.body()
        token = request.headers.get(SIGNATURE, "")
        try:
            known = await to_thread.run_sync(_take, context, body, token)
        except BankWordForged:
            return Response(status_code=403)
        except BankWordUnreadable:
            return Response(status_code=400)
        except (BankUnavailable, StoreUnavailable):
            return Response(status_code=503, headers=_RETRY)
        return Response(status_code=200 if known else 404)

    router.add_route(BANK_HOOK, handle, methods=["POST"], include_in_schema=False)
    return router


def _take(context: JobContext, body: bytes, token: str) -> bool:
    """Believe a word and keep it; false when there is nobody here whose word it could be."""
    feed: object = context.banks.get(PROVIDER)
    if not isinstance(feed, TellsByItself):
        return False
    word = feed.heard(body, token, now=context.clock.now())
    if word is not None:
        take_word(context, PROVIDER, word)
    return True
