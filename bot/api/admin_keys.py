"""Keys of other assistants, in the console: who may read a user's books, and the end of it.

An operator sees and ends them and can make none: a key reads everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from bot.api.admin_pages import when
from bot.api.admin_session import ConsoleDoor, Operator, Right
from bot.api.assistant_keys import end_keys
from bot.api.markup import Child, form, table, tag
from bot.app import App
from core.ids import UserId
from core.store.assistant_key_store import AssistantKey
from prompts.phrasebook import Phrasebook

_HEADS = ("assistant_key", "since", "key_used", "key_ends")


def key_parts(
    operator: Operator, user_id: UserId, keys: tuple[AssistantKey, ...], book: Phrasebook
) -> Iterator[Child]:
    """Return the keys that work, and the button that ends them all."""
    yield tag("h2", book.render("admin.assistant_keys"))
    if not keys:
        yield tag("p", book.render("admin.nothing"))
        return
    heads = [book.render(f"admin.{name}") for name in _HEADS]
    yield table(heads, [_row(one) for one in keys])
    if operator.may(Right.REPLAY):
        end = tag("button", book.render("admin.keys_end"), class_="quiet")
        yield form(f"/admin/users/{user_id}/assistants/end", operator.csrf, end)


def _row(one: AssistantKey) -> tuple[Child, ...]:
    # The name is the user's own word for it and no operator's business.
    return (f"…{one.id[-6:]}", when(one.created_at), when(one.used_at), when(one.expires_at))


def add_key_routes(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    """Add the end of a user's keys."""

    @router.post("/users/{user_id}/assistants/end")
    def end(request: Request, user_id: str, csrf: Annotated[str, Form()]) -> Response:
        """End every key of a user; whoever holds one reads nothing more."""
        operator = door.sender(request, csrf, Right.REPLAY)
        end_keys(app, UserId(user_id), "", actor=operator.actor)
        return RedirectResponse(f"/admin/users/{user_id}", 303)
