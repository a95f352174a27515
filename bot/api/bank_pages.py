"""The page on which a user lets his bank be read. A GET connects nothing."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.api.errors import NotAllowed, status_of
from bot.api.markup import Child, tag
from bot.api.secret_pages import ALONE, secret_page
from bot.api.web_session import WebDoor
from bot.app import App
from core.banks.connection import Connection, ConnectionState, ConnectionUnknown
from core.banks.feed import LinkOffer
from core.connect.bank_feed import BankNeedsSignIn, BankUnavailable
from core.errors import FinanceError
from core.users.user import User
from prompts.phrasebook import Phrasebook
from workers.banks import finish_sign_in


def bank_routes(app: App, door: WebDoor) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter(prefix="/bank", include_in_schema=False)
    desk = _Desk(app)

    @router.get("/{token}")
    def show(token: str) -> Response:
        """Say what is going to be read, by whom, and until when."""
        return desk.shown(token)

    @router.post("/{token}")
    def go_on(request: Request, token: str) -> Response:
        """Lead on to the bank's own page, or connect the demo bank."""
        if not door.is_own_origin(request.headers, required=True):
            raise NotAllowed
        return desk.led_on(token)

    @router.get("/{token}/done")
    def done(token: str) -> Response:
        """Take the user back from his bank."""
        return desk.finished(token)

    return router


class _Desk:
    """Writes the pages in the language of whose connection it is."""

    def __init__(self, app: App) -> None:
        self._app = app

    def shown(self, token: str) -> Response:
        """Show the page of an offer that is open."""
        try:
            connection, user = self._offered(token)
        except ConnectionUnknown as error:
            return self._refused(self._app.phrasebook("en"), error)
        book = self._app.phrasebook(user.preferences.language)
        label = "bank_page.go_on_demo" if connection.demo else "bank_page.go_on"
        parts: list[Child] = [tag("p", book.render("bank_page.what"))]
        if connection.demo:
            parts.append(tag("p", book.render("bank_page.demo"), class_="note"))
        button = tag("button", book.render(label))
        parts.append(tag("form", button, method="post", action=f"/bank/{token}", class_="card"))
        return self._page(book, 200, *parts)

    def led_on(self, token: str) -> Response:
        """Ask the service for its page and send the user there; the demo bank has none."""
        try:
            connection, user = self._offered(token)
            offer = self._offer(connection, user, token)
        except (ConnectionUnknown, BankUnavailable, BankNeedsSignIn) as error:
            return self._refused(self._app.phrasebook("en"), error)
        if offer.url:
            return RedirectResponse(offer.url, 303, headers=ALONE)
        return self.finished(token)

    def finished(self, token: str) -> Response:
        """Look whether the user has signed in, and say so."""
        try:
            connection, user = self._found(token)
        except ConnectionUnknown as error:
            return self._refused(self._app.phrasebook("en"), error)
        book = self._app.phrasebook(user.preferences.language)
        if connection.offered_until is None:
            done = connection.state is ConnectionState.ACTIVE
        else:
            done = finish_sign_in(self._app.jobs, connection)
        shape = "bank_page.done" if done else "bank_page.waiting"
        return self._page(book, 200, tag("p", book.render(shape), class_="note"))

    def _offer(self, connection: Connection, user: User, token: str) -> LinkOffer:
        feed = self._app.jobs.banks.get(connection.provider)
        if feed is None:
            raise ConnectionUnknown
        with self._app.database.reading() as uow:
            access = uow.banks.access(connection.id)
        base = self._app.settings.public_base_url.rstrip("/")
        offer = feed.offer(
            connection.id,
            back=f"{base}/bank/{token}/done" if base else "",
            language=user.preferences.language,
            renew=access if connection.is_read else "",
        )
        with self._app.database.work() as uow:
            uow.banks.keep_token(connection.id, offer.token, offer.expires_at)
            uow.commit()
        return offer

    def _offered(self, token: str) -> tuple[Connection, User]:
        """Return the connection behind a good link that may still be signed in to."""
        connection, user = self._found(token)
        if not connection.may_be_signed_in_to(self._app.clock.now()):
            raise ConnectionUnknown
        return connection, user

    def _found(self, token: str) -> tuple[Connection, User]:
        connection_id = self._app.links.open_bank(token)
        if connection_id is None:
            raise ConnectionUnknown
        with self._app.database.reading() as uow:
            connection = uow.banks.find(connection_id)
            if connection is None or connection.state is ConnectionState.CLOSED:
                raise ConnectionUnknown
            return connection, uow.users.get(connection.user_id)

    def _refused(self, book: Phrasebook, error: FinanceError) -> Response:
        return self._page(book, status_of(error.code), tag("p", book.render(error.code)))

    def _page(self, book: Phrasebook, status: int, *parts: Child) -> Response:
        return secret_page(book.render("bank_page.title"), status, *parts)
