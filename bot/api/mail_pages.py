"""The end of letters, from a link in one of them: by a press in the mail program, or on a page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from bot.api.errors import NotFound
from bot.api.markup import document, tag
from bot.app import App
from core.ids import UserId
from core.messaging.outbox import OutboxItem
from core.store.vault import SYSTEM
from core.users.linking import OPTED_OUT
from core.users.preferences import Preferences
from core.users.user import UserUnknown
from prompts.phrasebook import Phrasebook

_SHEET = "/web/console.css"


def mail_routes(app: App) -> APIRouter:
    """Return ``/mail/end/<token>``: a GET shows a button, for previews open links; a POST ends it.

    Mail programs post by themselves when somebody unsubscribes there (RFC 8058), so it asks for
    no sign-in and no form token: the token in the link is secret, and all it can do is end.
    """
    router = APIRouter(prefix="/mail", include_in_schema=False)

    @router.get("/end/{token}")
    def ask(token: str) -> Response:
        """Show what a press will do."""
        _, book = _letter(app, token)
        button = tag("button", book.render("mail_page.end"))
        return _page(book, "mail_page.ask", tag("form", button, method="post"))

    @router.post("/end/{token}")
    def end(token: str) -> Response:
        """End letters to the address that this one went to; twice is as good as once."""
        item, book = _letter(app, token)
        with app.database.work() as uow:
            address, now = item.delivery.address, app.clock.now()
            if not uow.bindings.is_opted_out(address):
                uow.bindings.opt_out(address, now=now)
                if item.owner != SYSTEM:
                    subject = address.channel.value
                    uow.audit.append(
                        UserId(item.owner), actor="user", action=OPTED_OUT, subject=subject, now=now
                    )
            uow.commit()
        return _page(book, "mail_page.ended")

    return router


def _letter(app: App, token: str) -> tuple[OutboxItem, Phrasebook]:
    """Return the letter behind a link and the words of its reader."""
    outbox_id = app.links.open_end_of_mail(token)
    with app.database.reading() as uow:
        item = uow.outbox.tracking.get(outbox_id) if outbox_id else None
        if item is None:
            raise NotFound
        try:
            lang = uow.users.get(UserId(item.owner)).preferences.language
        except UserUnknown:
            lang = Preferences().language
    return item, app.phrasebook(lang)


def _page(book: Phrasebook, phrase: str, *parts: object) -> Response:
    title = book.render("mail_page.title")
    text = tag("p", book.render(phrase))
    main = tag("main", tag("h1", title), text, *parts, class_="narrow")  # type: ignore[arg-type]
    return HTMLResponse(document(title, _SHEET, main, lang=book.lang))
