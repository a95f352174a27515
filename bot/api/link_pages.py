"""The page where a signed-in browser links other chats, confirms them and unlinks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.api import linking
from bot.api.errors import NotAllowed, SignedOut, Throttled, status_of
from bot.api.linking import Invitation
from bot.api.markup import Child, Markup, document, form, table, tag
from bot.api.page_language import page_words, user_at
from bot.api.passwords import is_right
from bot.api.secret_pages import pin_box
from bot.api.web_session import WebDoor, WebSession
from bot.app import App
from bot.confirming import PinLocked, PinWrong
from core.errors import FinanceError
from core.messaging.address import ChannelName
from core.rate_limits import Limit
from core.store.binding_store import Binding, LinkRequest
from core.users.user import User
from prompts.phrasebook import Phrasebook

_INVITES_PER_HOUR = 10
_SHEET = "/web/console.css"
_DONE = ("confirmed", "refused", "unlinked")


def link_routes(app: App, door: WebDoor) -> APIRouter:
    """Return the routes of the link page. A GET changes nothing: previews fetch links."""
    router = APIRouter(prefix="/link", include_in_schema=False)
    desk = _Desk(app, door)

    @router.get("")
    def show(request: Request) -> Response:
        """Show linked chats, what waits to be confirmed, and how to link another."""
        session = door.find(request.cookies)
        user = desk.user_of(session)
        if session is None or user is None:
            return desk.signed_out(request)
        return desk.overview(session, user, request.query_params.get("done", ""))

    @router.post("/new/{channel}")
    def invite(request: Request, channel: ChannelName, csrf: Annotated[str, Form()]) -> Response:
        """Make a one-time token and show how to send it."""
        _, user = desk.signed_in(request, csrf)
        return desk.invited(user, channel)

    @router.post("/confirm")
    def confirm(
        request: Request,
        csrf: Annotated[str, Form()],
        link: Annotated[str, Form()],
        pin: Annotated[str, Form()] = "",
    ) -> Response:
        """Confirm a claimed link: now the chat is the user's."""
        return desk.confirmed(*desk.signed_in(request, csrf), link, pin)

    @router.post("/refuse")
    def refuse(
        request: Request, csrf: Annotated[str, Form()], link: Annotated[str, Form()]
    ) -> Response:
        """Refuse a claimed link."""
        _, user = desk.signed_in(request, csrf)
        linking.settle(app, user.id, link, confirmed=False, actor="user")
        return RedirectResponse("/link?done=refused", 303)

    @router.post("/unlink")
    def unlink(
        request: Request, csrf: Annotated[str, Form()], binding: Annotated[str, Form()]
    ) -> Response:
        """Unlink one of the user's chats."""
        _, user = desk.signed_in(request, csrf)
        linking.unlink(app, user.id, binding)
        return RedirectResponse("/link?done=unlinked", 303)

    return router


class _Desk:
    """Knows who is at the browser and writes the page for him."""

    def __init__(self, app: App, door: WebDoor) -> None:
        self._app = app
        self._door = door
        self._rates = app.limiters(Limit("invites", _INVITES_PER_HOUR, 3600))

    def user_of(self, session: WebSession | None) -> User | None:
        """Return whose books are linked to this browser."""
        return user_at(self._app, session)

    def signed_in(self, request: Request, csrf: str) -> tuple[WebSession, User]:
        """Return who sent a form of ours; raise when it is not ours or nobody is signed in."""
        session = self._door.find(request.cookies)
        user = self.user_of(session)
        if session is None or user is None:
            raise SignedOut
        own_form = self._door.is_own_form(session, csrf)
        if not own_form or not self._door.is_own_origin(request.headers, required=True):
            raise NotAllowed
        return session, user

    def signed_out(self, request: Request) -> Response:
        """Say that the chat comes first."""
        book = page_words(self._app, None, request.headers)
        back = tag("p", tag("a", book.render("link_page.to_chat"), href="/"))
        return self._page(book, tag("p", book.render("link_page.signed_out")), back)

    def overview(
        self, session: WebSession, user: User, done: str = "", problem: FinanceError | None = None
    ) -> Response:
        """Show the user's chats, and what a form before this has ``done`` or was refused for."""
        book = self._app.phrasebook(user.preferences.language)
        csrf = self._door.csrf(session)
        with self._app.database.reading() as uow:
            bindings = uow.bindings.of(user.id)
        note = book.render(f"link_page.{done}") if done in _DONE else ""
        asks_pin = linking.needs_pin(self._app, user.id)
        parts = [
            tag("p", note, class_="note") if note else None,
            _refusal(problem, book),
            *_waiting(linking.claimed(self._app, user.id), csrf, book, asks_pin=asks_pin),
            tag("h2", book.render("link_page.linked")),
            _linked(bindings, session, user, csrf, book),
            tag("h2", book.render("link_page.add")),
            tag("p", book.render("link_page.add_text")),
            tag("div", *self._offers(csrf, book), class_="row"),
        ]
        return self._page(book, *parts, status=status_of(problem.code) if problem else 200)

    def confirmed(self, session: WebSession, user: User, link: str, pin: str) -> Response:
        """Link the chat, if the PIN is right where one is set; else show the page again."""
        try:
            linking.confirm_link(self._app, user.id, link, pin, is_right=is_right)
        except (PinWrong, PinLocked) as error:
            return self.overview(session, user, problem=error)
        return RedirectResponse("/link?done=confirmed", 303)

    def invited(self, user: User, channel: ChannelName) -> Response:
        """Make an invitation and show it, this once."""
        seconds = self._rates.wait(user.id)
        if seconds:
            raise Throttled(seconds=seconds)
        book = self._app.phrasebook(user.preferences.language)
        made = linking.invite(self._app, user.id, channel)
        until = made.expires_at.astimezone(ZoneInfo(user.preferences.zone))
        return self._page(
            book,
            *_instructions(made, book),
            tag("p", book.render("link_page.expires", {"expires": f"{until:%H:%M}"})),
            tag("p", tag("a", book.render("link_page.then"), href="/link", class_="button")),
        )

    def _offers(self, csrf: str, book: Phrasebook) -> Iterator[Markup]:
        for channel in linking.offered(self._app):
            shown = {"channel": _name(channel, book)}
            label = book.render("link_page.made", shown)
            yield form(f"/link/new/{channel.value}", csrf, tag("button", label))

    def _page(self, book: Phrasebook, *parts: Child, status: int = 200) -> Response:
        title = book.render("link_page.title")
        home = tag("a", book.render("web.title"), href="/")
        header = tag("header", home)
        return HTMLResponse(
            document(title, _SHEET, header, tag("main", tag("h1", title), *parts), lang=book.lang),
            status,
        )


def _name(channel: ChannelName, book: Phrasebook) -> str:
    return book.render(f"web.channel_{channel.value}")


def _linked(
    bindings: tuple[Binding, ...], session: WebSession, user: User, csrf: str, book: Phrasebook
) -> Markup:
    zone = ZoneInfo(user.preferences.zone)
    rows: list[tuple[Child, ...]] = []
    for binding in bindings:
        if binding.address.channel is ChannelName.TERMINAL:
            continue
        here = binding.address == session.address
        place = book.render("link_page.this_one") if here else binding.address.masked()
        hidden = tag("input", type="hidden", name="binding", value=binding.id)
        button = tag("button", book.render("link_page.unlink"), class_="quiet")
        rows.append(
            (
                _name(binding.address.channel, book),
                place,
                f"{binding.linked_at.astimezone(zone):%Y-%m-%d %H:%M}",
                form("/link/unlink", csrf, hidden, button),
            )
        )
    heads = [book.render("link_page.chat"), "", book.render("link_page.since"), ""]
    return table(heads, rows)


def _refusal(problem: FinanceError | None, book: Phrasebook) -> Markup | None:
    if problem is None:
        return None
    text = book.render(problem.code, dict(problem.fields))
    return tag("p", text, class_="note bad", role="alert")


def _pin_box(book: Phrasebook) -> Markup:
    return tag("label", book.render("confirm_page.pin"), pin_box())


def _waiting(
    requests: tuple[LinkRequest, ...], csrf: str, book: Phrasebook, *, asks_pin: bool
) -> Iterator[Markup]:
    if requests:
        yield tag("h2", book.render("link_page.waiting"))
    for request in requests:
        masked = request.claimed_by.masked() if request.claimed_by else ""
        name = request.display_name
        words = (
            book.render("link_page.claimed_by", {"name": f"“{name}”"})
            if name
            else book.render("link_page.claimed_nameless")
        )
        hidden = tag("input", type="hidden", name="link", value=request.token_hash)
        yield tag(
            "section",
            tag("p", tag("strong", f"{_name(request.channel, book)} {masked}")),
            tag("p", words),
            tag(
                "div",
                form(
                    "/link/confirm",
                    csrf,
                    hidden,
                    _pin_box(book) if asks_pin else None,
                    tag("button", book.render("link_page.confirm")),
                ),
                form(
                    "/link/refuse",
                    csrf,
                    hidden,
                    tag("button", book.render("link_page.refuse"), class_="quiet"),
                ),
                class_="row",
            ),
            class_="card",
        )


def _instructions(made: Invitation, book: Phrasebook) -> Iterator[Markup]:
    channel = {"channel": _name(made.channel, book)}
    word = tag("p", tag("code", f"LINK {made.token}"))
    if made.address:
        yield tag("p", book.render("link_page.tap", channel))
        label = book.render("link_page.tap_place", channel)
        yield tag("p", tag("a", label, href=made.address, rel="noreferrer", class_="button"))
    elif made.place:
        yield tag("p", book.render("link_page.type_at", {**channel, "place": made.place}))
        yield word
    elif made.channel is ChannelName.WEB:
        yield tag("p", book.render("link_page.type_web"))
        yield word
    else:
        yield tag("p", book.render("link_page.type_here", channel))
        yield word
