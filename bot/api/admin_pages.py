"""How a page of the console looks: one frame, one navigation, words from the phrasebook."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import HTMLResponse, Response

from bot.api.admin_session import Operator, Right
from bot.api.markup import Child, Markup, document, form, tag
from prompts.phrasebook import Phrasebook

SHEET = "/web/console.css"
PLACES = (
    ("overview", "/admin"),
    ("users", "/admin/users"),
    ("tickets", "/admin/tickets"),
    ("dead_letters", "/admin/dead-letters"),
    ("approvals", "/admin/approvals"),
    ("erasures", "/admin/erasures"),
    ("banks", "/admin/banks"),
    ("messaging", "/admin/channels"),
)


def page(name: str, book: Phrasebook, operator: Operator, *parts: Child) -> Response:
    """Return the page ``name`` for an operator, with the navigation and the way out."""
    title = book.render(f"admin.{name}")
    links = [
        tag(
            "a",
            book.render(f"admin.{place}"),
            href=path,
            aria_current="page" if place == name else None,
        )
        for place, path in PLACES
    ]
    role = tag("span", book.render(f"admin.role_{operator.user.role.value}"), class_="role")
    leave = tag("button", book.render("admin.sign_out"), class_="quiet")
    header = tag(
        "header",
        tag("strong", book.render("admin.title")),
        tag("nav", links, aria_label=book.render("admin.title")),
        role,
        form("/admin/logout", operator.csrf, leave),
    )
    body = document(title, SHEET, header, tag("main", tag("h1", title), *parts))
    return HTMLResponse(body)


def sign_in_page(book: Phrasebook, problem: str = "") -> Markup:
    """Return the page that asks who it is."""
    fields = [
        _field("email", "email", "username", book),
        _field("password", "password", "current-password", book),
    ]
    return document(
        book.render("admin.title"),
        SHEET,
        tag(
            "main",
            tag("h1", book.render("admin.title")),
            tag("p", problem, class_="note bad", role="alert") if problem else None,
            tag(
                "form",
                *fields,
                tag("button", book.render("admin.sign_in")),
                method="post",
                action="/admin/login",
                class_="card",
            ),
            class_="narrow",
        ),
    )


def _field(name: str, kind: str, complete: str, book: Phrasebook) -> Markup:
    label = book.render(f"admin.{name}")
    box = tag("input", type=kind, name=name, autocomplete=complete, required=True)
    return tag("label", label, box)


def when(moment: datetime | None) -> str:
    """Write a moment for operators: UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment is not None else ""


def state(text: str) -> Markup:
    """Return a state with a colour that says whether it needs somebody."""
    bad = {"failed", "unknown", "unreachable", "opted_out", "rejected", "disabled", "missing"}
    bad |= {"sign_in", "unavailable"}
    waits = {
        "ready", "sending", "received", "open", "planned", "pending", "approved", "executing",
        "scheduled", "leaving", "new", "changed", "paused", "offered",
    }  # fmt: skip
    look = "bad" if text in bad else "waits" if text in waits else "good"
    return tag("span", text, class_=f"state {look}")


def masked_email(email: str) -> str:
    """Show enough of an address to tell two apart, not enough to write to it."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain[:1]}…"


def chat_link(conversation_id: str) -> Markup:
    """Return the link to a conversation, by the end of its id."""
    return tag("a", f"…{conversation_id[-6:]}", href=f"/admin/conversations/{conversation_id}")


def user_link(user_id: str) -> Markup:
    """Return the link to a user, by the end of his id; the system has no page."""
    if not user_id.startswith("user_"):
        return tag("span", user_id)
    return tag("a", f"…{user_id[-6:]}", href=f"/admin/users/{user_id}")


def may_replay(operator: Operator) -> bool:
    """Tell whether to offer sending again."""
    return operator.may(Right.REPLAY)
