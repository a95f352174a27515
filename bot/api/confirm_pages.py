"""The page behind a signed link that confirms one approval with a PIN. A GET approves nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from bot.api.errors import NotAllowed, status_of
from bot.api.markup import Child, tag
from bot.api.passwords import is_right
from bot.api.secret_pages import pin_box, secret_page
from bot.api.web_session import WebDoor
from bot.app import App
from bot.confirming import (
    DEMO_PIN,
    NothingToConfirm,
    PinLocked,
    PinWrong,
    confirm,
    waiting_for,
)
from core.approvals.approval import Approval
from core.approvals.telling import facts_of
from core.errors import FinanceError
from core.facts import Answer
from core.users.user import User, UserKind
from prompts.compose import compose
from prompts.figures import Style
from prompts.phrasebook import Phrasebook


def confirm_routes(app: App, door: WebDoor) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter(prefix="/confirm", include_in_schema=False)
    desk = _Desk(app)

    @router.get("/{token}")
    def show(token: str) -> Response:
        """Show what is to be confirmed, and ask for the PIN."""
        return desk.asked(token)

    @router.post("/{token}")
    def take(request: Request, token: str, pin: Annotated[str, Form()] = "") -> Response:
        """Confirm it, if the PIN is right."""
        if not door.is_own_origin(request.headers, required=True):
            raise NotAllowed
        return desk.taken(token, pin)

    return router


class _Desk:
    """Writes the page in the language of whose approval it is."""

    def __init__(self, app: App) -> None:
        self._app = app

    def asked(self, token: str, problem: FinanceError | None = None) -> Response:
        """Show the approval behind a good link that still waits, else that there is none."""
        try:
            approval, user = self._found(token)
        except NothingToConfirm as error:
            book = self._app.phrasebook("en")
            return self._page(book, status_of(error.code), tag("p", book.render(error.code)))
        book = self._app.phrasebook(user.preferences.language)
        parts: list[Child] = [tag("p", self._what(approval, user, book))]
        if problem is not None:
            text = book.render(problem.code, dict(problem.fields))
            parts.append(tag("p", text, class_="note bad", role="alert"))
        if user.kind is UserKind.DEMO:
            parts.append(tag("p", book.render("confirm_page.demo", {"code": DEMO_PIN})))
        parts.append(_form(token, book))
        return self._page(book, status_of(problem.code) if problem else 200, *parts)

    def taken(self, token: str, pin: str) -> Response:
        """Try the PIN; what comes of the action itself is told in the chat."""
        try:
            approval, user = self._found(token)
            confirm(self._app, approval.id, pin, is_right=is_right)
        except (PinWrong, PinLocked, NothingToConfirm) as error:
            return self.asked(token, error)
        book = self._app.phrasebook(user.preferences.language)
        return self._page(book, 200, tag("p", book.render("confirm_page.done"), class_="note"))

    def _found(self, token: str) -> tuple[Approval, User]:
        approval_id = self._app.links.open_approval(token)
        if approval_id is None:
            raise NothingToConfirm
        with self._app.database.reading() as uow:
            approval = waiting_for(uow, approval_id)
            if approval.expires_at <= self._app.clock.now():
                raise NothingToConfirm
            return approval, uow.users.get(approval.user_id)

    def _what(self, approval: Approval, user: User, book: Phrasebook) -> str:
        wishes = user.preferences
        style = Style(wishes.locale, wishes.zone, wishes.today(self._app.clock.now()))
        return compose(Answer("confirm_page.what", facts_of(approval)), book, style).text

    def _page(self, book: Phrasebook, status: int, *parts: Child) -> Response:
        return secret_page(book.render("confirm_page.title"), status, *parts)


def _form(token: str, book: Phrasebook) -> Child:
    return tag(
        "form",
        tag("label", book.render("confirm_page.pin"), pin_box()),
        tag("button", book.render("confirm_page.confirm")),
        method="post",
        action=f"/confirm/{token}",
        class_="card",
    )
