"""Asking for a person: a ticket that somebody reads, and quiet until it is dealt with."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from core.facts import Answer, Choice, Fact, count, day, named
from core.handoff.lines import crisis_line
from core.handoff.ticket import Ticket, TicketReason, TicketState
from tools.alerting import end_pause
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool

_RESUME = (Choice("resume", "choice.resume"),)


class AskHuman(Arguments):
    """Why."""

    reason: TicketReason = Field(
        TicketReason.ASKED, description="asked, complaint, distress, or failures to understand"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("ticket_withdrawn",))
def ask_human(arguments: AskHuman, work: ToolWork) -> Answer | Changed:
    """Open a ticket for a person to read, and say nothing unasked until it is dealt with.

    There is never a second one while the first waits. How soon somebody reads it is never told,
    for nobody knows.
    """
    ticket, is_new = work.uow.tickets.open(
        work.user_id, work.conversation_id, arguments.reason, now=work.now
    )
    if ticket.quiet_until > work.now:
        work.uow.outbox.hush(work.user_id, now=work.now)
    work.uow.audit.append(
        work.user_id,
        actor="user",
        action="ticket.opened" if is_new else "ticket.asked_again",
        subject=f"ticket:{ticket.number}",
        now=work.now,
        values={"reason": arguments.reason.value},
    )
    inverse = (Inverse("ticket_withdrawn", {"ticket": ticket.number}),) if is_new else ()
    if arguments.reason is TicketReason.DISTRESS:
        return Changed(_cared_for(ticket, work), inverse)
    facts, reads = _facts(ticket, work), _who_reads(work)
    if not is_new:
        return Changed(Answer("ask_human.still_open", facts, options=(reads,)), inverse)
    choices = (*_RESUME, *UNDO) if ticket.quiet_until > work.now else UNDO
    options = (reads, "ask_human.way_back")
    return Changed(Answer("ask_human.opened", facts, options=options, choices=choices), inverse)


def _cared_for(ticket: Ticket, work: ToolWork) -> Answer:
    """Answer somebody in despair: whom to call comes first, the ticket last, and nothing else."""
    facts = _facts(ticket, work)
    line = crisis_line(work.preferences.country)
    if line is None:
        return Answer("care.distress_anywhere", facts, options=(_who_reads(work),))
    shape = "care.distress_text" if line.text else "care.distress"
    told = (*facts, named("line", line.name), named("dial", line.number))
    return Answer(shape, told, options=(_who_reads(work),))


def _who_reads(work: ToolWork) -> str:
    """Return the phrase that says who there is: never a time, nobody can promise one."""
    support = work.installation.support
    if not support.contact:
        return "ask_human.nobody_named"
    return "ask_human.reached_during" if support.hours else "ask_human.reached_at"


def _facts(ticket: Ticket, work: ToolWork) -> tuple[Fact, ...]:
    support = work.installation.support
    facts = [named("ticket", str(ticket.number)), day("opened", ticket.opened_at)]
    if ticket.quiet_until > work.now:
        facts.append(day("quiet_until", ticket.quiet_until))
    if support.contact:
        facts.append(named("contact", support.contact))
    if support.hours:
        facts.append(named("hours", support.hours))
    return tuple(facts)


class ShowTicket(Arguments):
    """No arguments: the newest one."""


@tool()
def show_ticket(_arguments: ShowTicket, work: ToolWork) -> Answer:
    """Show how the user's newest ticket stands: whether somebody took it or closed it."""
    ticket = work.uow.tickets.latest(work.user_id)
    if ticket is None:
        return Answer("show_ticket.none")
    facts = _facts(ticket, work)
    if ticket.closed_at is not None:
        facts += (day("closed", ticket.closed_at),)
    options = (_who_reads(work),) if ticket.state is TicketState.OPEN else ()
    return Answer(f"show_ticket.{ticket.state.value}", facts, options=options)


class ResumeNudges(Arguments):
    """No arguments."""


@tool(tier=Tier.REVERSIBLE, inverse=("quiet_until", "alert_wishes"))
def resume_nudges(_arguments: ResumeNudges, work: ToolWork) -> Answer | Changed:
    """Let alerts and summaries come again before a pause or the quiet after a ticket is over."""
    until = work.uow.tickets.quiet_until(work.user_id, now=work.now)
    if until is None:
        return end_pause(work) or Changed(Answer("resume_nudges.not_quiet"), ())
    work.uow.tickets.set_quiet(work.user_id, work.now, now=work.now)
    ticket = work.uow.tickets.waiting(work.user_id)
    facts = (count("waiting", 1), named("ticket", str(ticket.number))) if ticket else ()
    inverse = Inverse("quiet_until", {"until": until.isoformat()})
    return Changed(Answer("resume_nudges.resumed", facts, choices=UNDO), (inverse,))


def withdraw_ticket(work: ToolWork, *, ticket: int) -> None:
    """Take a ticket back; one that was closed meanwhile stays closed."""
    work.uow.tickets.withdraw(work.user_id, ticket, now=work.now)


def restore_quiet(work: ToolWork, *, until: str) -> None:
    """Be quiet again until the moment it was before."""
    work.uow.tickets.set_quiet(work.user_id, datetime.fromisoformat(until), now=work.now)
