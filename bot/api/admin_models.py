"""What one user's corrections taught, in the console: its versions, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from bot.api.admin_pages import state, when
from bot.api.admin_session import ConsoleDoor, Operator, Right
from bot.api.markup import Child, form, table, tag
from bot.app import App
from core.ids import UserId
from core.store.model_store import ModelState, ModelVersion
from prompts.phrasebook import Phrasebook

_HEADS = ("version", "state", "lessons", "held_out", "lost", "cases", "when")


def model_parts(
    operator: Operator, user_id: UserId, versions: tuple[ModelVersion, ...], book: Phrasebook
) -> Iterator[Child]:
    """Return the versions with their figures, and the button that goes back from the newest."""
    yield tag("h2", book.render("admin.models"))
    if not versions:
        yield tag("p", book.render("admin.nothing"))
        return
    heads = [book.render(f"admin.{name}") for name in _HEADS]
    yield table(heads, [_row(one) for one in versions])
    serves = any(one.state is ModelState.SERVING for one in versions)
    if serves and operator.may(Right.REPLAY):
        leave = tag("button", book.render("admin.model_back"), class_="quiet")
        yield form(f"/admin/users/{user_id}/model/back", operator.csrf, leave)


def _row(one: ModelVersion) -> tuple[Child, ...]:
    told = one.figures
    return (
        one.version,
        state(one.state.value),
        f"{told['right_before']} → {told['right_after']} / {told['lessons']}",
        f"{told['held_out_before']} → {told['held_out_after']} / {told['held_out']}",
        told["lost"],
        f"{told['kept']} / {told['cases']}",
        when(one.made_at),
    )


def add_model_routes(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    """Add the way back."""

    @router.post("/users/{user_id}/model/back")
    def back(request: Request, user_id: str, csrf: Annotated[str, Form()]) -> Response:
        """Let the version before serve again, or the shipped model alone."""
        operator = door.sender(request, csrf, Right.REPLAY)
        owner, now = UserId(user_id), app.clock.now()
        with app.database.work() as uow:
            version = uow.models.go_back(owner)
            uow.audit.append(
                owner,
                actor=operator.actor,
                action="model.went_back",
                subject=f"model:{version}",
                now=now,
            )
            uow.commit()
        return RedirectResponse(f"/admin/users/{user_id}", 303)
