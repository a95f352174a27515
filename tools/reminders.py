"""When to remind of bills: of all of them, or of one otherwise than of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from core.alerts.bills import lead_days_of
from core.bills.expected import Expected
from core.bills.standing import DueState
from core.facts import Answer, Fact, FactKind, Line, day, named
from core.schedules.leads import MOST_LEADS, USUAL_LEADS, lead_days, leads_from_text, leads_to_text
from core.users.preferences_json import preferences_to_json
from tools import bill_names
from tools.bills import FARTHEST, dues_until
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.reminding import reminder_lines
from tools.spec import Arguments, Tier, tool


class SetReminders(Arguments):
    """Of what, and how long before."""

    bill: str | None = Field(
        None, description="One bill or subscription: name, handle or category; all when left out"
    )
    days: tuple[int, ...] | None = Field(
        None, description="Days before it is due, like [7, 1]; 0 is the day itself", max_length=20
    )
    how: Literal["never", "usual"] | None = Field(
        None, description="'never': no reminders of it; 'usual', and when nothing is said: as usual"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("reminder_days", "preferences"))
def set_reminders(arguments: SetReminders, work: ToolWork) -> Changed:
    """Set how many days before bills are due the user is reminded, for all or for one."""
    leads = _wanted(arguments)
    if arguments.bill is None:
        return _set_usual(USUAL_LEADS if leads is None else leads, work)
    usual = work.preferences.bill_lead_days
    meant = _meant(arguments.bill, work)
    changed = [replace(one, lead_days=_leads_for(one, leads, usual)) for one in meant]
    inverse = []
    for before, after in zip(meant, changed, strict=True):
        old = {"subject": before.subject, "days": leads_to_text(before.lead_days)}
        inverse.append(Inverse("reminder_days", old))
        _keep(work, after.subject, after.lead_days)
    shown = lead_days_of(changed[0], usual)
    names = ", ".join(dict.fromkeys(one.name for one in meant))
    facts = (named("name", names), *_when(shown), *_next(work, changed, usual))
    return Changed(Answer(f"set_reminders.{_shape(shown)}", facts, choices=UNDO), (*inverse,))


def _wanted(arguments: SetReminders) -> tuple[int, ...] | None:
    """Return the lead times that are meant; nothing for the usual ones."""
    if arguments.how == "never":
        return ()
    return None if arguments.days is None else lead_days(arguments.days)


def _leads_for(
    one: Expected, leads: tuple[int, ...] | None, usual: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Return what to keep; a subscription is reminded of as usual only where that is written."""
    if leads is None and not lead_days_of(replace(one, lead_days=None), usual):
        return usual
    return leads


def _set_usual(leads: tuple[int, ...], work: ToolWork) -> Changed:
    before = work.preferences
    after = replace(before, bill_lead_days=leads)
    work.uow.users.set_preferences(work.user_id, after)
    facts = (*_when(leads), *_next(work, work.uow.bills.expected(work.user_id), leads))
    inverse = Inverse("preferences", {"preferences": preferences_to_json(before)})
    return Changed(Answer(f"set_reminders.all_{_shape(leads)}", facts, choices=UNDO), (inverse,))


class ShowReminders(Arguments):
    """Of what, or all."""

    bill: str | None = Field(
        None, description="One bill or subscription: name, handle or category; all when left out"
    )


@tool()
def show_reminders(arguments: ShowReminders, work: ToolWork) -> Answer:
    """Show the user's own reminders, and how long before bills he is reminded."""
    usual = work.preferences.bill_lead_days
    if arguments.bill is not None:
        one = _meant(arguments.bill, work)[0]
        leads = tuple(lead_days_of(one, usual))
        facts = (named("name", one.name), *_when(leads), *_next(work, (one,), usual))
        return Answer(f"show_reminders.{_shape(leads)}", facts)
    every = work.uow.bills.expected(work.user_id)
    own = sorted((one for one in every if one.lead_days is not None), key=lambda one: one.name)
    lines = tuple(
        Line(
            (named("name", one.name), *_when(one.lead_days or ())),
            shape=f"show_reminders.{_shape(one.lead_days or ())}_line",
        )
        for one in own
    )
    facts = (*_when(usual), *_next(work, every, usual))
    lines += reminder_lines(work)
    options = () if lines else ("show_reminders.hint",)
    return Answer(f"show_reminders.all_{_shape(usual)}", facts, lines, options)


def _meant(words: str, work: ToolWork) -> Sequence[Expected]:
    """Return what is meant by a name: several where a category is named."""
    wanted = bill_names.subjects(work, words, inflow=False)
    return [one for one in work.uow.bills.expected(work.user_id) if one.subject in wanted]


def _keep(work: ToolWork, subject: str, leads: tuple[int, ...] | None) -> None:
    kind, _, number = subject.partition(":")
    if kind == "bill":
        bill = work.uow.bills.get(work.user_id, int(number))
        work.uow.bills.save(replace(bill, lead_days=leads), now=work.now)
        return
    subscription = work.uow.subscriptions.get(work.user_id, int(number))
    work.uow.subscriptions.save(replace(subscription, lead_days=leads), now=work.now)


def _shape(leads: Sequence[int]) -> str:
    """Return how lead times are worded: never, on the day, once, or several times before."""
    before = [one for one in leads if one]
    if not before:
        return "on_the_day" if leads else "never"
    return "once" if len(before) == 1 else "often"


def _when(leads: Sequence[int]) -> tuple[Fact, ...]:
    """Return the lead times as facts: the days before, and that it is told on the day as well."""
    before = [one for one in leads if one]
    facts: tuple[Fact, ...] = ()
    if len(before) == 1:
        facts = (Fact("days", FactKind.DURATION, before[0]),)
    elif before:
        facts = (named("points", ", ".join(map(str, before[:MOST_LEADS]))),)
    if before and 0 in leads:
        facts += (named("also", "on_the_day"),)
    return facts


def _next(work: ToolWork, expected: Iterable[Expected], usual: Sequence[int]) -> tuple[Fact, ...]:
    """Return the day of the next reminder and what it is of, if one is ahead."""
    leads = {one.subject: lead_days_of(one, usual) for one in expected if not one.inflow}
    found: list[tuple[date, str]] = [
        (due.on - timedelta(days=lead), due.expected.name)
        for due in (dues_until(work, work.today + FARTHEST) if any(leads.values()) else ())
        if due.state is DueState.AHEAD
        for lead in leads.get(due.expected.subject, ())
        if due.on - timedelta(days=lead) > work.today
    ]
    if not found:
        return ()
    moment, name = min(found)
    return (day("next", moment), named("next_name", name))


def restore_days(work: ToolWork, *, subject: str, days: str | None) -> None:
    """Undo: remind of something as before."""
    _keep(work, subject, leads_from_text(days))
