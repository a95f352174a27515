"""Erasures in the console: who asked, when it is due, how far it is, and the proof of it."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.api.admin_pages import masked_email, page, state, when
from bot.api.admin_session import ConsoleDoor, Operator, Right
from bot.api.markup import Child, table, tag
from bot.app import App
from core.erasure.erasure import PROVED_BY, Erasure, ErasureState
from core.store.unit_of_work import UnitOfWork
from core.users.user import UserUnknown

_HEADS = ("user", "email", "state", "asked", "due", "left", "erased", "rows_destroyed", "proof")


def add_erasures(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    """Add the page of erasures. It changes nothing: only their users take one back."""
    book = app.phrasebook("en")

    @router.get("/erasures")
    def erasures(request: Request) -> Response:
        """Show erasures, newest first; the look is written into the trail."""
        operator = door.operator(request, Right.LOOK)
        return page("erasures", book, operator, *_parts(app, operator))


def _parts(app: App, operator: Operator) -> Iterator[Child]:
    book, now = app.phrasebook("en"), app.clock.now()
    with app.database.work() as uow:
        uow.audit.append(
            operator.user.id,
            actor=operator.actor,
            action="erasures.viewed",
            subject="erasures",
            now=now,
        )
        rows = [_row(uow, operator, erasure) for erasure in uow.erasures.listed()]
        uow.commit()
    yield tag("p", book.render("admin.erasures_text"))
    if rows:
        yield table([book.render(f"admin.{name}") for name in _HEADS], rows)
    else:
        yield tag("p", book.render("admin.nothing"))


def _row(uow: UnitOfWork, operator: Operator, erasure: Erasure) -> tuple[Child, ...]:
    """Write one line; whoever may not read the trail sees the end of a user's number only."""
    sees = operator.may(Right.TRAIL)
    return (
        erasure.user_id if sees else f"…{erasure.user_id[-6:]}",
        _email(uow, erasure) if sees else "…",
        state(erasure.state.value),
        when(erasure.asked_at),
        when(erasure.due_at),
        when(erasure.left_at),
        when(erasure.erased_at),
        sum(erasure.destroyed.values()) if erasure.state is ErasureState.ERASED else "",
        tag("code", _proof(uow, erasure)),
    )


def _email(uow: UnitOfWork, erasure: Erasure) -> str:
    """Return the masked address of who asked; of who was forgotten nobody knows it any more."""
    try:
        return masked_email(uow.users.get(erasure.user_id).email)
    except UserUnknown:
        return "–"


def _proof(uow: UnitOfWork, erasure: Erasure) -> str:
    """Return what the sealed trail keeps of the destruction: a keyed hash of what it came to."""
    events = uow.audit.of(erasure.user_id) if erasure.erased_at is not None else ()
    found = (one for one in events if (one.action, one.subject) == (PROVED_BY, erasure.id))
    return next((event.digest for event in found), "")
