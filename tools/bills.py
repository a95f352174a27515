"""Bills and pay: what is due and when, what was paid, when the next pay comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from core.bills.safe import next_payday, told_payday
from core.bills.standing import STILL_SPOKEN_OF, Due, DueState, is_spoken_of
from core.facts import Answer, Fact, FactKind, Line, count, day, money, named, span
from core.money import total
from core.period import Grain, Period, next_pay_day
from tools import bill_names, names
from tools.context import ToolWork
from tools.spec import Arguments, tool

# How far ahead a bill is looked for: a yearly one has to be found.
FARTHEST = timedelta(days=400)
_USUAL = timedelta(days=30)
_LINE_SHAPES = {
    DueState.PAID: "show_bills.paid_line",
    DueState.SKIPPED: "show_bills.skipped_line",
    DueState.LATE: "show_bills.late_line",
}


class ShowBills(Arguments):
    """Which ones, and how far ahead."""

    bill: str | None = Field(None, description="One bill: its name, handle or category slug")
    period: str | None = Field(None, description="Days in canonical form; 30 days when left out")
    until: Literal["payday"] | None = Field(None, description="'payday': what is due before it")
    kind: Literal["bills", "income"] = Field("bills", description="Bills to pay, or pay to come")


@tool()
def show_bills(arguments: ShowBills, work: ToolWork) -> Answer:
    """Show bills and subscriptions that are due, which are paid or late, and the next pay."""
    if arguments.bill is not None:
        return _one(arguments.bill, arguments.kind, work)
    if arguments.kind == "income":
        return _pay(work)
    period, payday = _span(arguments, work)
    dues = [one for one in dues_until(work, period.last_day) if not one.expected.inflow]
    shown = [one for one in dues if is_spoken_of(one, period, work.today)]
    shown.sort(key=lambda one: not one.open)  # what is to be paid before what is paid
    facts: tuple[Fact, ...] = (span("period", period),)
    if payday is not None:
        facts = (day("payday", payday),)
    if not shown:
        return Answer("show_bills.none", facts)
    counted = [one for one in shown if one.open and not one.expected.trial]
    lines = tuple(Line(due_facts(one), shape=_shape(one)) for one in shown)
    facts += (count("found", len(counted)),)
    trials = sum(1 for one in shown if one.open and one.expected.trial)
    options: tuple[str, ...] = ()
    if trials:
        facts, options = (*facts, count("trials", trials)), ("show_bills.trials",)
    if not counted:
        return Answer("show_bills.all_paid", facts, lines, options)
    if {one.amount.currency for one in counted} == {work.preferences.currency}:
        whole = total((one.amount for one in counted), work.preferences.currency)
        return Answer("show_bills.list", (money("total", whole), *facts), lines, options)
    return Answer("show_bills.list_mixed", facts, lines, options)


def dues_until(work: ToolWork, last: date) -> tuple[Due, ...]:
    """Return every due day up to ``last`` and how it stands: the one query behind all figures."""
    return work.uow.bills.dues(
        work.user_id, today=work.today, last=last, is_bank_day=work.is_bank_day
    )


def due_facts(one: Due) -> tuple[Fact, ...]:
    """Return the facts every phrase about one due day uses."""
    facts: tuple[Fact, ...] = (
        named("name", one.expected.name),
        money("amount", one.amount, label=one.expected.name, rows=one.entry_ids),
        day("due", one.due if one.expected.told else one.on),
    )
    if one.expected.told and one.on != one.due and one.open:
        facts += (day("pay_by", one.on),)
    if one.paid_on is not None:
        facts += (day("paid", one.paid_on),)
    return facts


def _shape(one: Due) -> str:
    if one.open and one.expected.trial:
        return "show_bills.trial_line"
    if one.state is DueState.AHEAD:
        return "show_bills.about_line" if one.expected.varies else ""
    return _LINE_SHAPES[one.state]


def _span(arguments: ShowBills, work: ToolWork) -> tuple[Period, date | None]:
    """Return the days asked about, and the pay day if it is what ends them."""
    today = work.today
    if arguments.period is not None:
        return names.period(arguments.period), None
    if arguments.until == "payday":
        told = next_pay_day(work.preferences.calendar, today)
        seen = None if told else next_payday(dues_until(work, today + FARTHEST), today=today)
        payday = told or (seen.on if seen else None)
        if payday is not None and payday > today:
            return Period(today, payday, Grain.SPAN), payday
    return Period(today, today + _USUAL, Grain.SPAN), None


def _one(words: str, kind: str, work: ToolWork) -> Answer:
    wanted = bill_names.subjects(work, words, inflow=kind == "income" or None)
    dues = [
        one for one in dues_until(work, work.today + FARTHEST) if one.expected.subject in wanted
    ]
    ahead = [one for one in dues if one.open]
    if not ahead:
        return Answer("show_bills.none_ahead", (named("name", bill_names.shown(work, words)),))
    first = ahead[0]
    facts = (*due_facts(first), *_until(first.on, work.today))
    paid = [one for one in dues if one.state is DueState.PAID]
    if paid:
        last = paid[-1]
        facts += (day("last", last.paid_on or last.on), money("last_amount", last.amount))
    shape = "show_bills.one"
    if first.state is DueState.LATE:
        shape = "show_bills.one_late"
    elif first.expected.inflow:
        shape = "show_bills.payday"
    elif first.expected.varies:
        shape = "show_bills.one_about"
    return Answer(shape, facts, subjects=(first.expected.subject,))


def _pay(work: ToolWork) -> Answer:
    """Tell when the next pay comes, and any that is late."""
    dues = [one for one in dues_until(work, work.today + FARTHEST) if one.expected.inflow]
    told = next_pay_day(work.preferences.calendar, work.today)
    first = next_payday(dues, today=work.today)
    if told is not None:
        first = told_payday(dues, told, today=work.today)
    late = [one for one in dues if one.state is DueState.LATE and _is_recent(one, work.today)]
    lines = tuple(Line(due_facts(one), shape="show_bills.pay_late_line") for one in late)
    if first is None and told is not None:
        payday = (day("due", told), *_until(told, work.today))
        return Answer("show_bills.payday_told", payday, lines)
    if first is None:
        return Answer("show_bills.no_payday", lines=lines)
    facts = (*due_facts(first), *_until(first.on, work.today))
    return Answer("show_bills.payday", facts, lines, subjects=(first.expected.subject,))


def _is_recent(one: Due, today: date) -> bool:
    return today - one.on <= STILL_SPOKEN_OF


def _until(on: date, today: date) -> Sequence[Fact]:
    """Return how many days there are to go; nothing when it is today or past."""
    days = (on - today).days
    return (Fact("days", FactKind.DURATION, days),) if days > 1 else ()


def open_dues(dues: Iterable[Due], subject: str) -> list[Due]:
    """Return the due days of one subject that are not paid, the earliest first."""
    return [one for one in dues if one.expected.subject == subject and one.open]
