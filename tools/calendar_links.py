"""The user's calendar: a secret link to subscribe to, and its end."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.facts import Answer, named
from core.store.calendar_store import CalendarLink
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool


class ShareCalendar(Arguments):
    """The link there is, or a new one."""

    renew: Literal["yes"] | None = Field(
        None, description="'yes': a new link, and the old one stops working"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("calendar_link",))
def share_calendar(arguments: ShareCalendar, work: ToolWork) -> Changed:
    """Give the secret link to the user's calendar of bills, subscriptions, pay and goal days."""
    present = work.uow.calendars.of(work.user_id)
    if present is not None and arguments.renew is None:
        return Changed(_answer("same", present, work), ())
    inverse: tuple[Inverse, ...] = ()
    if present is not None:
        work.uow.calendars.set_active(work.user_id, present.id, active=False)
        inverse = (_switch(present, active=True),)
    link = work.uow.calendars.open(work.user_id, now=work.now, ids=work.ids)
    shape = "made" if present is None else "renewed"
    return Changed(_answer(shape, link, work), (_switch(link, active=False), *inverse))


class StopCalendar(Arguments):
    """No arguments."""


@tool(tier=Tier.REVERSIBLE, inverse=("calendar_link",))
def stop_calendar(_arguments: StopCalendar, work: ToolWork) -> Changed:
    """End the calendar link: whoever has it reads nothing more."""
    present = work.uow.calendars.of(work.user_id)
    if present is None:
        return Changed(Answer("stop_calendar.nothing"), ())
    work.uow.calendars.set_active(work.user_id, present.id, active=False)
    answer = Answer("stop_calendar.stopped", choices=UNDO)
    return Changed(answer, (_switch(present, active=True),))


def _answer(shape: str, link: CalendarLink, work: ToolWork) -> Answer:
    place = work.installation
    told = named("link", f"{place.address}/calendar/{link.token}.ics")
    options = () if place.is_public else ("share_calendar.only_here",)
    choices = () if shape == "same" else UNDO
    return Answer(f"share_calendar.{shape}", (told,), options=options, choices=choices)


def _switch(link: CalendarLink, *, active: bool) -> Inverse:
    return Inverse("calendar_link", {"link": link.id, "active": active})


def restore_link(work: ToolWork, *, link: str, active: bool) -> None:
    """Undo: a link works again, or not any more."""
    work.uow.calendars.set_active(work.user_id, link, active=active)
