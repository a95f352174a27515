"""Telling of bills: add, change and delete them, and say that one is paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

from pydantic import Field

from core.bills.bill import Bill, BillKind, BillSource, BillState
from core.bills.bill_json import terms_to_json, with_terms
from core.bills.standing import Due, DueState, Mark
from core.categories.scheme import UNCATEGORISED
from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, day, money, named
from core.ids import UserId
from core.money import Money, to_decimal
from core.payees.cases import Payment
from core.schedules.banking import Roll
from core.subscriptions.cadence import STEP_DAYS, Cadence
from tools import bill_names
from tools.bills import FARTHEST, due_facts, dues_until, open_dues
from tools.context import ToolWork
from tools.guessing import read_words
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool

UNDO = (Choice("undo", "choice.undo"),)
_SAME_NAME_LENGTH = 60
Rhythm = Literal[
    "weekly", "biweekly", "four_weekly", "monthly", "quarterly", "half_yearly", "yearly"
]


class NothingToPay(FinanceError):
    """No payment of this bill is open."""

    code = "bill.nothing_to_pay"


class DayUnreadable(FinanceError):
    """The day is no date."""

    code = "bill.day_unreadable"


class AddBill(Arguments):
    """What, how much, when."""

    name: str = Field(description="What it is, like 'rent'")
    amount: str = Field(description="How much each time, like '1200'")
    due: str = Field(description="One day on which it is due, ISO")
    cadence: Rhythm = Field("monthly", description="How often it comes")
    day: int | None = Field(
        None, description="Day of the month that is meant, 1 to 31", ge=1, le=31
    )
    kind: Literal["bill", "income"] = Field("bill", description="Money out, or pay coming in")
    currency: str | None = Field(None, description="ISO code; the user's own when left out")


@tool(tier=Tier.REVERSIBLE, inverse=("bill_state", "bill_terms"))
def add_bill(arguments: AddBill, work: ToolWork) -> Changed:
    """Keep a bill (or a pay) that comes again and again; remind of it and hold money back for it.

    One that is known by this name already is changed instead.
    """
    kind = BillKind(arguments.kind)
    amount = Money.of(to_decimal(arguments.amount), arguments.currency or work.preferences.currency)
    anchor, cadence = _day(arguments.due), Cadence(arguments.cadence)
    read = read_words(work, arguments.name, None, Payment(inflow=kind is not BillKind.BILL))
    wanted = Bill(
        id=0,
        user_id=UserId(work.user_id),
        kind=kind,
        source=BillSource.TYPED,
        name=_called(arguments.name),
        amount=amount,
        cadence=cadence,
        anchor=anchor,
        first_date=min(anchor, work.today),
        day=0 if cadence in STEP_DAYS else arguments.day or anchor.day,
        roll=Roll.BEFORE,
        category="" if read.category == UNCATEGORISED else read.category,
    )
    known = _known(work, wanted)
    if known is not None:
        terms = {**terms_to_json(wanted), "name": known.name, "category": known.category}
        return _changed(work, known, with_terms(known, terms))
    stored = work.uow.bills.add(wanted, now=work.now)
    undo = Inverse("bill_state", {"bill": stored.id, "state": BillState.DELETED.value})
    shape = "add_bill.income" if kind is BillKind.INCOME else "add_bill.added"
    return Changed(Answer(shape, _next_facts(work, stored), choices=UNDO), (undo,))


def _called(name: str) -> str:
    words = " ".join(name.split())[:_SAME_NAME_LENGTH]
    return words[:1].upper() + words[1:]


def _known(work: ToolWork, wanted: Bill) -> Bill | None:
    """Return the bill of this name, or the only one found that can be it.

    "Rent 1200 on the 1st" is about the rent that the books show under the landlord's name.
    """
    bills = [
        one
        for one in work.uow.bills.of(work.user_id)
        if one.kind is wanted.kind and one.amount.currency == wanted.amount.currency
    ]
    same = [one for one in bills if one.name.casefold() == wanted.name.casefold()]
    alike = [
        one
        for one in bills
        if one.source is BillSource.FOUND
        and one.cadence is wanted.cadence
        and wanted.category
        and one.category == wanted.category
        and 2 * abs(one.amount.minor - wanted.amount.minor) <= one.amount.minor
    ]
    return next(iter(same or (alike if len(alike) == 1 else [])), None)


class EditBill(Arguments):
    """Which one, and what shall be different."""

    bill: str = Field(description="Its name, handle or category slug")
    amount: str | None = Field(None, description="The new amount")
    due: str | None = Field(None, description="One day on which it is due from now on, ISO")
    day: int | None = Field(
        None, description="Day of the month that is meant, 1 to 31", ge=1, le=31
    )
    cadence: Rhythm | None = Field(None, description="How often it comes")
    name: str | None = Field(None, description="A new name")


@tool(tier=Tier.REVERSIBLE, inverse=("bill_terms",))
def edit_bill(arguments: EditBill, work: ToolWork) -> Changed:
    """Change a bill's amount, day, rhythm or name; from then on the user's word stands."""
    known = bill_names.one_bill(work, arguments.bill)
    changed = replace(known, source=BillSource.TYPED)
    if arguments.amount is not None:
        amount = Money.of(to_decimal(arguments.amount), known.amount.currency)
        changed = replace(changed, amount=amount, varies=False)
    if arguments.cadence is not None:
        changed = replace(changed, cadence=Cadence(arguments.cadence))
    if arguments.due is not None:
        anchor = _day(arguments.due)
        changed = replace(changed, anchor=anchor, day=arguments.day or anchor.day)
    if changed.cadence in STEP_DAYS:
        changed = replace(changed, day=0)
    if arguments.name:
        changed = replace(changed, name=_called(arguments.name))
    return _changed(work, known, changed)


def _changed(work: ToolWork, known: Bill, changed: Bill) -> Changed:
    work.uow.bills.save(changed, now=work.now)
    undo = Inverse("bill_terms", {"bill": known.id, "terms": terms_to_json(known)})
    facts = _next_facts(work, changed)
    if changed.amount != known.amount:
        facts += (money("before", known.amount),)
    return Changed(Answer("edit_bill.changed", facts, choices=UNDO), (undo,))


def _next_facts(work: ToolWork, bill: Bill) -> tuple[Fact, ...]:
    dues = dues_until(work, work.today + FARTHEST + FARTHEST)
    mine = [one for one in dues if one.expected.subject == bill.handle]
    facts: tuple[Fact, ...] = (
        named("name", bill.name),
        money("amount", bill.amount, label=bill.name),
        named("cadence", f"cadence_{bill.cadence.value}"),
    )
    ahead = next((one for one in mine if one.state is DueState.AHEAD), None)
    if ahead is not None:
        facts += tuple(
            replace(fact, name="next") if fact.name == "due" else fact
            for fact in due_facts(ahead)
            if fact.name in ("due", "pay_by")
        )
    if ahead is not None and not bill.category.startswith("INCOME"):
        paid = next((one for one in reversed(mine) if one.state is DueState.PAID), None)
        facts += (day("paid", paid.paid_on or paid.on),) if paid else ()
    return facts


class BillChoice(Arguments):
    """Which one."""

    bill: str = Field(description="Its name, handle or category slug")


@tool(tier=Tier.REVERSIBLE, inverse=("bill_state",))
def delete_bill(arguments: BillChoice, work: ToolWork) -> Changed:
    """Stop keeping a bill: no reminders, no money held back; entries stay."""
    bill = bill_names.one_bill(work, arguments.bill)
    work.uow.bills.set_state(work.user_id, bill.id, BillState.DELETED, now=work.now)
    undo = Inverse("bill_state", {"bill": bill.id, "state": bill.state.value})
    facts = (named("name", bill.name), money("amount", bill.amount, label=bill.name))
    return Changed(Answer("delete_bill.deleted", facts, choices=UNDO), (undo,))


class MarkBillPaid(Arguments):
    """Which one, and how it was settled."""

    bill: str = Field(description="Its name, handle or category slug")
    how: Literal["paid", "skipped"] = Field("paid", description="Paid, or left out this time")


@tool(tier=Tier.REVERSIBLE, inverse=("bill_mark",))
def mark_bill_paid(arguments: MarkBillPaid, work: ToolWork) -> Changed:
    """Take the user's word that the bill due next is paid (or skipped this time); books stay."""
    bill = bill_names.one_bill(work, arguments.bill)
    due = _due_now(work, bill)
    state = DueState(arguments.how)
    mark = Mark(bill.handle, due.due, state, work.today)
    work.uow.bills.mark(work.user_id, mark, now=work.now)
    undo = Inverse("bill_mark", {"subject": bill.handle, "due": due.due.isoformat()})
    facts = (*due_facts(due), *_after(work, bill))
    return Changed(Answer(f"mark_bill_paid.{state.value}", facts, choices=UNDO), (undo,))


def _due_now(work: ToolWork, bill: Bill) -> Due:
    """Return the payment that is meant: the oldest that is late, else the next one."""
    found = open_dues(dues_until(work, work.today + FARTHEST), bill.handle)
    if not found:
        raise NothingToPay(name=bill.name)
    late = [one for one in found if one.state is DueState.LATE]
    return late[-1] if late else found[0]


def _after(work: ToolWork, bill: Bill) -> tuple[Fact, ...]:
    ahead = open_dues(dues_until(work, work.today + FARTHEST), bill.handle)
    following = next((one for one in ahead if one.state is DueState.AHEAD), None)
    return (
        (day("next", following.due if following.expected.told else following.on),)
        if following
        else ()
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayUnreadable(text=text[:20]) from None


def restore_state(work: ToolWork, *, bill: int, state: str) -> None:
    """Undo: give a bill its old state back."""
    work.uow.bills.set_state(work.user_id, bill, BillState(state), now=work.now)


def restore_terms(work: ToolWork, *, bill: int, terms: dict[str, object]) -> None:
    """Undo: give a bill its old terms back."""
    known = work.uow.bills.get(work.user_id, bill)
    work.uow.bills.save(with_terms(known, terms), now=work.now)


def restore_mark(work: ToolWork, *, subject: str, due: str) -> None:
    """Undo: a due day is open again."""
    work.uow.bills.unmark(work.user_id, subject, date.fromisoformat(due))
