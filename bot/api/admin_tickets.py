"""Tickets in the console: who waits for a person, what was written on it, and closing it.

What was said in the chat stays hidden here as everywhere: reading it takes a reason, on the
conversation's own page, and its user is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.api.admin_pages import chat_link, page, state, user_link, when
from bot.api.admin_session import ConsoleDoor, Operator, Right
from bot.api.errors import NotFound
from bot.api.markup import Child, Markup, form, table, tag
from bot.api.notices import notify
from bot.app import App
from core.errors import FinanceError
from core.handoff.ticket import Ticket, TicketNote, TicketUnknown
from core.store.conversation_store import TranscriptMessage
from core.store.unit_of_work import UnitOfWork
from prompts.phrasebook import Phrasebook

_LONGEST = 400
_MESSAGES = 12
_DIGITS = 12
_Csrf = Annotated[str, Form()]
_Text = Annotated[str, Form()]


class TicketOver(FinanceError):
    """It is closed, withdrawn or somebody else's already."""

    code = "admin.ticket_over"


class NoteMissing(FinanceError):
    """A note is some words, but not a letter."""

    code = "admin.note_missing"


def add_tickets(router: APIRouter, app: App, door: ConsoleDoor) -> None:
    """Add the pages of tickets and what can be done with one."""
    book = app.phrasebook("en")
    desk = _Desk(app)

    @router.get("/tickets")
    def tickets(request: Request) -> Response:
        """Show who waits, oldest first, and what was dealt with."""
        operator = door.operator(request, Right.LOOK)
        return page("tickets", book, operator, *desk.listed())

    @router.get("/tickets/{number}")
    def ticket(request: Request, number: str) -> Response:
        """Show one ticket, its chat masked, and what was written on it."""
        operator = door.operator(request, Right.LOOK)
        return page("ticket", book, operator, *desk.one(operator, number))

    @router.post("/tickets/{number}/take")
    def take(request: Request, number: str, csrf: _Csrf) -> Response:
        """Say that the operator deals with it."""
        desk.take(door.sender(request, csrf, Right.TICKETS), number)
        return RedirectResponse(f"/admin/tickets/{int(number)}", 303)

    @router.post("/tickets/{number}/note")
    def note(request: Request, number: str, csrf: _Csrf, text: _Text = "") -> Response:
        """Keep a note for other operators; the user never sees it."""
        desk.note(door.sender(request, csrf, Right.TICKETS), number, text)
        return RedirectResponse(f"/admin/tickets/{int(number)}", 303)

    @router.post("/tickets/{number}/close")
    def close(request: Request, number: str, csrf: _Csrf, text: _Text = "") -> Response:
        """Close it and tell its user, with a word of the operator's own if there is one."""
        desk.close(door.sender(request, csrf, Right.TICKETS), number, text)
        return RedirectResponse("/admin/tickets", 303)


class _Desk:
    """Reads and changes tickets; each change is one transaction with its line in the trail."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._book = app.phrasebook("en")

    def listed(self) -> Iterator[Child]:
        """Yield the tickets that wait and those that are over."""
        with self._app.database.reading() as uow:
            waiting = uow.tickets.listed(waiting=True)
            over = uow.tickets.listed(waiting=False)
        yield tag("p", self._word("tickets_text"))
        yield self._table(waiting)
        yield tag("h2", self._word("tickets_over"))
        yield self._table(over)

    def one(self, operator: Operator, number: str) -> Iterator[Child]:
        """Return the parts of one ticket's page; the look is written into the trail first."""
        now = self._app.clock.now()
        with self._app.database.work() as uow:
            ticket = _found(uow, number)
            _trail(uow, operator, ticket, "ticket.viewed", now)
            notes = uow.tickets.notes(ticket)
            said = uow.conversations.transcript(ticket.conversation_id)[-_MESSAGES:]
            uow.commit()
        return iter(self._parts(operator, ticket, notes, said))

    def take(self, operator: Operator, number: str) -> None:
        """Note who deals with it."""
        now = self._app.clock.now()
        with self._app.database.work() as uow:
            ticket = _found(uow, number)
            if not uow.tickets.take(ticket.number, operator.user.id):
                raise TicketOver
            _trail(uow, operator, ticket, "ticket.taken", now)
            uow.commit()

    def note(self, operator: Operator, number: str, text: str) -> None:
        """Keep what an operator wrote for the others."""
        now = self._app.clock.now()
        with self._app.database.work() as uow:
            ticket = _found(uow, number)
            uow.tickets.note(ticket, TicketNote(operator.actor, _bounded(text), now))
            _trail(uow, operator, ticket, "ticket.noted", now)
            uow.commit()

    def close(self, operator: Operator, number: str, text: str) -> None:
        """Close a ticket once; its user hears of it in the chat it was opened in."""
        app, now = self._app, self._app.clock.now()
        answer = _bounded(text) if text.strip() else ""
        with app.database.work() as uow:
            ticket = _found(uow, number)
            if not uow.tickets.close(ticket.number, operator.user.id, now=now):
                raise TicketOver
            if answer:
                uow.tickets.note(ticket, TicketNote(operator.actor, answer, now, told=True))
            self._tell(uow, ticket, answer)
            _trail(uow, operator, ticket, "ticket.closed", now)
            uow.commit()
        app.jobs.wake.ring("deliver")

    def _tell(self, uow: UnitOfWork, ticket: Ticket, answer: str) -> None:
        talk = uow.conversations.get(ticket.conversation_id)
        if talk is None or talk.owner != ticket.user_id:
            return  # the chat is somebody else's by now
        user = uow.users.get(ticket.user_id)
        fields = {"ticket": str(ticket.number), "answer": answer}
        told = ("handoff.closed", fields)
        notify(self._app, uow, user, talk, phrase=told, key=f"ticket-{ticket.number}")

    def _parts(
        self,
        operator: Operator,
        ticket: Ticket,
        notes: Sequence[TicketNote],
        said: Sequence[TranscriptMessage],
    ) -> list[Child]:
        parts: list[Child] = [self._table((ticket,)), tag("h2", self._word("notes"))]
        parts += [_written(note, self._book) for note in notes] or [tag("p", self._word("nothing"))]
        parts.append(tag("h2", self._word("messages")))
        parts.append(tag("p", self._word("hidden_text"), " ", chat_link(ticket.conversation_id)))
        rows = [
            (
                when(one.at),
                one.sender,
                self._book.render(
                    "admin.characters", {"number": len(str(one.body.get("text", "")))}
                ),
            )
            for one in said
        ]
        parts.append(self._titled(("when", "who", "said"), rows))
        if ticket.waits and operator.may(Right.TICKETS):
            parts += self._forms(operator, ticket)
        return parts

    def _forms(self, operator: Operator, ticket: Ticket) -> Iterator[Markup]:
        place = f"/admin/tickets/{ticket.number}"
        yield tag("h2", self._word("do"))
        if not ticket.taken_by:
            yield form(f"{place}/take", operator.csrf, tag("button", self._word("ticket_take")))
        for name in ("note", "close"):
            box = tag("textarea", "", name="text", maxlength=str(_LONGEST), required=name == "note")
            yield form(
                f"{place}/{name}",
                operator.csrf,
                tag("label", self._word(f"ticket_{name}_text"), box),
                tag("button", self._word(f"ticket_{name}")),
                class_="card",
            )

    def _table(self, tickets: Sequence[Ticket]) -> Markup:
        rows = [
            (
                tag("a", str(one.number), href=f"/admin/tickets/{one.number}"),
                user_link(one.user_id),
                one.reason.value,
                state(one.state.value),
                when(one.opened_at),
                when(one.quiet_until),
                chat_link(one.conversation_id),
            )
            for one in tickets
        ]
        names = ("number", "user", "reason", "state", "when", "quiet_until", "conversation")
        return self._titled(names, rows)

    def _titled(self, names: Sequence[str], rows: Sequence[Sequence[Child]]) -> Markup:
        if not rows:
            return tag("p", self._word("nothing"))
        return table([self._word(name) for name in names], rows)

    def _word(self, name: str) -> str:
        return self._book.render(f"admin.{name}")


def _found(uow: UnitOfWork, number: str) -> Ticket:
    if not number.isdecimal() or len(number) > _DIGITS:
        raise NotFound
    try:
        return uow.tickets.get(int(number))
    except TicketUnknown:
        raise NotFound from None


def _trail(uow: UnitOfWork, operator: Operator, ticket: Ticket, action: str, now: datetime) -> None:
    subject = f"ticket:{ticket.number}"
    uow.audit.append(ticket.user_id, actor=operator.actor, action=action, subject=subject, now=now)


def _bounded(text: str) -> str:
    text = " ".join(text.split())
    if not 0 < len(text) <= _LONGEST:
        raise NoteMissing(longest=_LONGEST)
    return text


def _written(note: TicketNote, book: Phrasebook) -> Markup:
    head = [tag("strong", when(note.written_at)), tag("span", note.author)]
    if note.told:
        head.append(tag("span", book.render("admin.ticket_told"), class_="planner"))
    return tag("section", tag("p", head, class_="row"), tag("p", note.text), class_="card")
