"""The console's page of connected banks: which are read, and which wait for somebody."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.api.admin_pages import page, state, user_link, when
from bot.api.admin_session import ConsoleDoor, Right
from bot.api.markup import Child, table, tag
from bot.app import App
from core.banks.connection import Connection

_MOST = 200
_HEADS = ("user", "bank", "provider", "state", "read_at", "next_at", "failures", "trouble")


def add_banks(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    """Add the page of connections. It changes nothing: only their users connect and end them."""
    book = app.phrasebook("en")

    @router.get("/banks")
    def banks(request: Request) -> Response:
        """Show connections, those in trouble first."""
        operator = door.operator(request, Right.LOOK)
        return page("banks", book, operator, *_parts(app))


def _parts(app: App) -> Iterator[Child]:
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        found = uow.banks.listed(_MOST)
    yield tag("p", book.render("admin.banks_text"))
    if found:
        yield table([book.render(f"admin.{name}") for name in _HEADS], map(_row, found))
    else:
        yield tag("p", book.render("admin.nothing"))


def _row(one: Connection) -> tuple[Child, ...]:
    """Write one line: no account, no amount, nothing that the bank is read with."""
    return (
        user_link(one.user_id),
        one.bank or "–",
        f"{one.provider} (demo)" if one.demo else one.provider,
        state(one.state.value),
        when(one.synced_at),
        when(one.next_sync_at),
        one.failures,
        state(one.trouble.value) if one.trouble else "",
    )
