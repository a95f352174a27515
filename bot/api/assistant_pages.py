"""The page on which a user makes a key for another assistant, with the PIN. A GET makes nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from bot.api.assistant_keys import keys_of, make_key
from bot.api.errors import NotAllowed, NotFound, status_of
from bot.api.markup import Child, tag
from bot.api.mcp_route import PLACE
from bot.api.passwords import is_right
from bot.api.secret_pages import pin_box, secret_page
from bot.api.web_session import WebDoor
from bot.app import App
from bot.confirming import DEMO_PIN, PinLocked, PinWrong, check_pin
from core.errors import FinanceError
from core.ids import UserId
from core.store.assistant_key_store import TooManyKeys
from core.users.user import User, UserKind, UserUnknown
from prompts.foreign import clean_name
from prompts.phrasebook import Phrasebook

_LONGEST_NAME = 40


def assistant_routes(app: App, door: WebDoor) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter(prefix="/assistant", include_in_schema=False)
    desk = _Desk(app)

    @router.get("/{token}")
    def show(token: str) -> Response:
        """Say what a key opens, and ask for a name and the PIN."""
        return desk.asked(desk.owner(token), token)

    @router.post("/{token}")
    def take(
        request: Request,
        token: str,
        name: Annotated[str, Form()] = "",
        pin: Annotated[str, Form()] = "",
    ) -> Response:
        """Make the key, if the PIN is right, and show it this once."""
        if not door.is_own_origin(request.headers, required=True):
            raise NotAllowed
        return desk.made(desk.owner(token), token, name, pin)

    return router


class _Desk:
    """Writes the page in the language of whose key it is."""

    def __init__(self, app: App) -> None:
        self._app = app

    def owner(self, token: str) -> User:
        """Return whose page a good link opens; raise `NotFound`."""
        user_id = self._app.links.open_assistant(token)
        if user_id is None:
            raise NotFound
        with self._app.database.reading() as uow:
            try:
                return uow.users.get(UserId(user_id))
            except UserUnknown:
                raise NotFound from None

    def asked(self, user: User, token: str, problem: FinanceError | None = None) -> Response:
        """Show what is asked for; ``problem`` is what was wrong with the last try."""
        book = self._app.phrasebook(user.preferences.language)
        parts: list[Child] = [tag("p", book.render("assistant_page.what"))]
        names = ", ".join(clean_name(key.name) for key in keys_of(self._app, user.id))
        if names:
            parts.append(tag("p", book.render("assistant_page.have", {"names": names})))
        if problem is not None:
            text = book.render(problem.code, dict(problem.fields))
            parts.append(tag("p", text, class_="note bad", role="alert"))
        if user.kind is UserKind.DEMO:
            parts.append(tag("p", book.render("confirm_page.demo", {"code": DEMO_PIN})))
        parts.append(_form(token, book))
        return self._page(book, status_of(problem.code) if problem else 200, *parts)

    def made(self, user: User, token: str, name: str, pin: str) -> Response:
        """Check the PIN, make the key and show how it is used."""
        book = self._app.phrasebook(user.preferences.language)
        called = name.strip()[:_LONGEST_NAME] or book.render("assistant_page.unnamed")
        try:
            check_pin(self._app, user.id, pin, is_right=is_right)
            key, _ = make_key(self._app, user, called, actor="user:pin")
        except (PinWrong, PinLocked, TooManyKeys) as error:
            return self.asked(user, token, error)
        place = self._app.runner.installation.address
        parts = (
            tag("p", book.render("assistant_page.once"), class_="note"),
            tag("p", tag("code", key)),
            tag("p", book.render("assistant_page.how")),
            tag("p", tag("code", f"{place}{PLACE}")),
            tag("p", tag("code", "Authorization: Bearer …")),
        )
        return self._page(book, 200, *parts)

    def _page(self, book: Phrasebook, status: int, *parts: Child) -> Response:
        return secret_page(book.render("assistant_page.title"), status, *parts)


def _form(token: str, book: Phrasebook) -> Child:
    name = tag("input", name="name", maxlength=str(_LONGEST_NAME), autocomplete="off")
    return tag(
        "form",
        tag("label", book.render("assistant_page.name"), name),
        tag("label", book.render("confirm_page.pin"), pin_box()),
        tag("button", book.render("assistant_page.make")),
        method="post",
        action=f"/assistant/{token}",
        class_="card",
    )
