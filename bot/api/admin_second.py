"""The console's second step: the code of an authenticator app, set up at the first sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import segno
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.api.admin_pages import SHEET
from bot.api.admin_session import SECOND, ConsoleDoor, Locked, Operator, WrongCode
from bot.api.errors import status_of
from bot.api.markup import Child, Markup, document, form, tag
from bot.app import App
from core.store.second_factor_store import SecondFactorStore
from core.users.second_factor import address, spelled
from prompts.phrasebook import Phrasebook

_ISSUER = "FinanceMaster"


def add_second_factor(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    """Add the page that asks for a code, and what its form is sent to."""
    book = app.phrasebook("en")

    @router.get("/second-factor")
    def ask(request: Request) -> Response:
        """Ask for a code; show what to set up where there is nothing yet."""
        return HTMLResponse(_page(app, book, door.halfway(request)))

    @router.post("/second-factor")
    def answer(
        request: Request, csrf: Annotated[str, Form()], code: Annotated[str, Form(max_length=40)]
    ) -> Response:
        """Open the console for a right code."""
        operator = door.newcomer(request, csrf)
        try:
            token, codes = door.second(request, operator, code)
        except (WrongCode, Locked) as error:
            problem = book.render(error.code, dict(error.fields))
            return HTMLResponse(_page(app, book, operator, problem), status_of(error.code))
        response: Response = RedirectResponse("/admin", 303)
        if codes:
            response = HTMLResponse(_codes_page(book, codes))
        door.give(response, token)
        return response


def _page(app: App, book: Phrasebook, operator: Operator, problem: str = "") -> Markup:
    user, parts = operator.user, []
    with app.database.work() as uow:
        factors = SecondFactorStore(uow.connection, uow.vault)
        if not factors.is_set_up(user.id):
            secret = factors.offered(user.id, now=app.clock.now())
            parts = _set_up(book, secret, user.email)
            uow.commit()
    box = tag(
        "input",
        name="code",
        inputmode="text",
        autocomplete="one-time-code",
        maxlength="40",
        required=True,
        autofocus=True,
    )
    label = tag("label", book.render("admin.code"), box)
    go_on = tag("button", book.render("admin.go_on"))
    alert = tag("p", problem, class_="note bad", role="alert") if problem else None
    asked = form(SECOND, operator.csrf, *parts, label, go_on, class_="card")
    return _narrow(book, book.render("admin.second_factor"), alert, asked)


def _set_up(book: Phrasebook, secret: bytes, email: str) -> list[Child]:
    """Return what an app needs: the picture, and the same in letters."""
    picture = tag(
        "div",
        _picture(address(secret, email, _ISSUER)),
        role="img",
        aria_label=book.render("admin.second_picture"),
        class_="code-picture",
    )
    return [
        tag("p", book.render("admin.second_set_up")),
        picture,
        tag("p", book.render("admin.second_by_hand"), " ", tag("code", spelled(secret))),
    ]


def _codes_page(book: Phrasebook, codes: Sequence[str]) -> Markup:
    listed = tag("ul", [tag("li", tag("code", code)) for code in codes], class_="codes")
    told = tag("p", book.render("admin.recovery_told"))
    go_on = tag("a", book.render("admin.go_on"), href="/admin")
    title = book.render("admin.recovery")
    return _narrow(book, title, tag("div", told, listed, tag("p", go_on), class_="card"))


def _narrow(book: Phrasebook, heading: str, *parts: Child) -> Markup:
    title = book.render("admin.title")
    return document(title, SHEET, tag("main", tag("h1", heading), *parts, class_="narrow"))


def _picture(text: str) -> Markup:
    """Return a QR code as an element of the page: nothing else may hold the secret."""
    return Markup(segno.make(text, error="m").svg_inline(scale=5, border=4, light="white"))
