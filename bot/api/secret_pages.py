"""The frame of pages whose address is a secret, and the box in which a PIN is typed."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

from bot.api.markup import Child, Markup, document, tag
from bot.confirming import LONGEST

_SHEET = "/web/console.css"
# The address holds a secret. Not "no-referrer": a browser would send "Origin: null" with the form.
ALONE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}


def secret_page(title: str, status: int, *parts: Child) -> Response:
    """Return a page that nobody keeps and that leads nowhere by itself."""
    main = tag("main", tag("h1", title), *parts, class_="narrow")
    return HTMLResponse(document(title, _SHEET, main), status, headers=ALONE)


def pin_box() -> Markup:
    """Return the box for a PIN."""
    return tag(
        "input",
        type="password",
        name="pin",
        inputmode="numeric",
        autocomplete="off",
        required=True,
        maxlength=str(LONGEST),
    )
