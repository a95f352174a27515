"""The console for operators: how things stand, what went wrong, and sending again.

No route here approves or declines anything of a user's. Every look at a conversation is written
down; what was said in it is shown only with a reason, and its user is told.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.api import admin_lists, admin_talk
from bot.api.admin_banks import add_banks
from bot.api.admin_channels import channel_parts
from bot.api.admin_erasures import add_erasures
from bot.api.admin_keys import add_key_routes
from bot.api.admin_models import add_model_routes
from bot.api.admin_pages import page, sign_in_page
from bot.api.admin_second import add_second_factor
from bot.api.admin_session import SIGN_IN, ConsoleDoor, Locked, Right, WrongSignIn
from bot.api.admin_tickets import add_tickets
from bot.api.errors import NotFound, Throttled, status_of
from bot.app import App
from core.approvals.approval import ApprovalState
from core.ids import UserId
from core.users.user import UserUnknown

Csrf = Annotated[str, Form()]
_PAGE_USERS = 50


def admin_routes(app: App) -> APIRouter:
    """Return the routes of the console."""
    router = APIRouter(prefix="/admin", include_in_schema=False)
    door = ConsoleDoor(app)
    _add_door(router, app, door)
    add_second_factor(router, app, door)
    _add_lists(router, app, door)
    _add_users(router, app, door)
    _add_talks(router, app, door)
    _add_replay(router, app, door)
    add_model_routes(router, app, door)
    add_key_routes(router, app, door)
    add_tickets(router, app, door)
    add_erasures(router, app, door)
    add_banks(router, app, door)
    return router


def _add_door(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    book = app.phrasebook("en")

    @router.get("/login")
    def ask() -> Response:
        """Ask who it is."""
        return HTMLResponse(sign_in_page(book))

    @router.post("/login")
    def sign_in(
        request: Request, email: Annotated[str, Form()], password: Annotated[str, Form()]
    ) -> Response:
        """Open a session for the right password."""
        door.check_origin(request)
        try:
            token = door.sign_in(request, email, password)
        except (WrongSignIn, Locked, Throttled) as error:
            text = book.render(error.code, dict(error.fields))
            return HTMLResponse(sign_in_page(book, text), status_of(error.code))
        response = RedirectResponse("/admin", 303)
        door.give(response, token)
        return response

    @router.post("/logout")
    def sign_out(request: Request, csrf: Csrf) -> Response:
        """End the session."""
        door.sender(request, csrf, Right.LOOK)
        door.sign_out(request)
        response = RedirectResponse(SIGN_IN, 303)
        door.take(response)
        return response


def _add_lists(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    book = app.phrasebook("en")

    @router.get("")
    def overview(request: Request) -> Response:
        """Show how the installation is doing."""
        operator = door.operator(request, Right.LOOK)
        return page("overview", book, operator, *admin_lists.overview_parts(app))

    @router.get("/dead-letters")
    def dead_letters(request: Request) -> Response:
        """Show what could not be sent or answered."""
        operator = door.operator(request, Right.LOOK)
        return page("dead_letters", book, operator, *admin_lists.dead_parts(app, operator))

    @router.get("/channels")
    def channels(request: Request) -> Response:
        """Show which channels are on, and how WhatsApp's templates stand."""
        operator = door.operator(request, Right.LOOK)
        return page("messaging", book, operator, *channel_parts(app))

    @router.get("/approvals")
    def approvals(request: Request, state: ApprovalState | None = None) -> Response:
        """Show approvals by state; what they are about is their users' business."""
        operator = door.operator(request, Right.LOOK)
        return page("approvals", book, operator, *admin_lists.approval_parts(app, state))


def _add_users(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    book = app.phrasebook("en")

    @router.get("/users")
    def users(request: Request, after: str = "") -> Response:
        """Show the users, masked."""
        operator = door.operator(request, Right.LOOK)
        parts = admin_lists.user_parts(app, operator, after, _PAGE_USERS)
        return page("users", book, operator, *parts)

    @router.post("/users/find")
    def find(request: Request, csrf: Csrf, email: Annotated[str, Form()]) -> Response:
        """Find one user by his whole address; it stands in no URL and in no log."""
        door.sender(request, csrf, Right.LOOK)
        with app.database.reading() as uow:
            user = uow.users.by_email(email.strip())
        return RedirectResponse(f"/admin/users/{user.id}", 303)

    @router.get("/users/{user_id}")
    def user(request: Request, user_id: str) -> Response:
        """Show one user's chats, approvals and, to those who may, the trail."""
        operator = door.operator(request, Right.LOOK)
        try:
            parts = admin_lists.one_user_parts(app, operator, UserId(user_id))
        except UserUnknown:
            raise NotFound from None
        return page("user", book, operator, *parts)


def _add_talks(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    book = app.phrasebook("en")

    @router.get("/conversations/{talk_id}")
    def talk(request: Request, talk_id: str) -> Response:
        """Show one conversation: how each message was understood, done and delivered."""
        operator = door.operator(request, Right.LOOK)
        return page("conversation", book, operator, *admin_talk.parts(app, operator, talk_id))

    @router.post("/conversations/{talk_id}/open")
    def open_talk(
        request: Request, talk_id: str, csrf: Csrf, reason: Annotated[str, Form()]
    ) -> Response:
        """Show what was said, this once, for a reason that is kept and told to the user."""
        operator = door.sender(request, csrf, Right.OPEN)
        parts = admin_talk.parts(app, operator, talk_id, reason=reason)
        return page("conversation", book, operator, *parts)


def _add_replay(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    @router.post("/dead-letters/{subject}/replay")
    def replay(request: Request, subject: str, csrf: Csrf) -> Response:
        """Put a dead letter (``out_``) or a failed message (``in_``) back in line."""
        operator = door.sender(request, csrf, Right.REPLAY)
        now = app.clock.now()
        with app.database.work() as uow:
            if subject.startswith("in_"):
                done = uow.inbox.retry(subject)
                uow.turns.reopen(subject)
            else:
                done = uow.outbox.replay(subject, now=now)
            if not done:
                raise NotFound
            uow.audit.append(
                operator.user.id,
                actor=operator.actor,
                action="message.replayed",
                subject=subject,
                now=now,
            )
            uow.commit()
        app.jobs.wake.ring("turns" if subject.startswith("in_") else "deliver")
        return RedirectResponse("/admin/dead-letters", 303)
