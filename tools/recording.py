"""Writing entries by hand: add, correct, delete. Each can be undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from core.errors import FinanceError
from core.facts import Answer, Choice, Fact, day, money, named
from core.ledger.account import Account, AccountKind
from core.ledger.entry import (
    IN_THE_BOOKS,
    Allocation,
    EntryLocked,
    EntryNotInBooks,
    EntryOfTrade,
    Flow,
    JournalEntry,
    NewEntry,
    Source,
    counted,
)
from core.money import Money, exponent, to_decimal
from core.payees.cases import Payment
from tools import names
from tools.budgets import UNDO, left_facts
from tools.context import ToolWork
from tools.deciding import payment_of
from tools.entries import entry_facts, entry_option
from tools.guessing import Reading, read_words
from tools.outcome import Changed, Inverse, Unclear
from tools.spec import Arguments, Tier, tool

_OLDEST = timedelta(days=366 * 20)
# A day that was misread may lie just ahead: "kal" is tomorrow as well.
_JUST_AHEAD = timedelta(days=3)
OTHER_DAY = "other day"
_CASH = "Cash"
# So many of a shop's entries are offered when one of them shall go.
_MOST_OFFERED = 6


class AmountZero(FinanceError):
    """An entry needs an amount."""

    code = "money.zero"


class DateAhead(FinanceError):
    """An entry cannot be booked on a day that has not come."""

    code = "date.future"


class DateTooOld(FinanceError):
    """The day is further back than the books go."""

    code = "date.too_old"


class AccountOtherCurrency(FinanceError):
    """An entry stays in its currency: it cannot move to an account in another one."""

    code = "entry.account_other_currency"


class AddEntry(Arguments):
    """What was paid or received."""

    amount: str = Field(description="How much, like '4' or '20.50', without sign")
    payee: str | None = Field(None, description="Shop, person or thing in the user's words")
    category: str | None = Field(None, description="Category slug, when the user named one")
    account: str | None = Field(None, description="Account's name or handle; cash when left out")
    currency: str | None = Field(None, description="ISO code, when one was said")
    booked_date: str | None = Field(None, description="ISO date; today when left out")
    other_date: str | None = Field(
        None, description="ISO date that the user's word for the day may also mean, if any"
    )
    note: str | None = Field(None, description="A note to keep with it")
    direction: Literal["out", "in"] = Field("out", description="Money out or money in")


@tool(tier=Tier.REVERSIBLE, inverse=("void_entry", "account_active"))
def add_entry(arguments: AddEntry, work: ToolWork) -> Changed:
    """Write down a payment or a receipt the user tells: amount, payee, day, category."""
    outflow = arguments.direction == "out"
    if not arguments.payee and not arguments.category:
        raise Unclear("payee", phrase="ask.payee")
    account, opened = _account(arguments, work)
    names.refuse_own_record(account)
    amount = Money.of(to_decimal(arguments.amount), arguments.currency or account.currency)
    if not amount:
        raise AmountZero
    booked = booked_day(arguments.booked_date, work)
    payment = Payment(not outflow, abs(amount).minor, amount.currency, int(account.id))
    reading = read_words(work, arguments.payee or "", arguments.category, payment)
    face = -abs(amount) if outflow else abs(amount)
    allocation = Allocation(
        reading.category,
        counted(reading.flow, face),
        reading.source,
        reading.confidence,
        locked=reading.source == "user",
    )
    new = NewEntry(
        account_id=account.id,
        booked_date=booked,
        amount=face,
        flow=reading.flow,
        allocations=(allocation,),
        payee=reading.payee,
        merchant_key=reading.merchant_key,
        source=Source.MANUAL,
    )
    entry_id = work.uow.ledger.book(work.user_id, new, now=work.now)
    if arguments.note:
        work.uow.categories.annotate(
            work.user_id, entry_id, "note", arguments.note, source="user", now=work.now
        )
    entry = work.uow.entries.get(work.user_id, entry_id)
    inverse: tuple[Inverse, ...] = (Inverse("void_entry", {"entry": int(entry_id)}),)
    if opened:
        inverse += (Inverse("account_active", {"account": int(account.id), "active": False}),)
    return Changed(_added(entry, account, reading, arguments, work), inverse)


def _added(
    entry: JournalEntry, account: Account, reading: Reading, arguments: AddEntry, work: ToolWork
) -> Answer:
    amount = money("amount", entry.amount, rows=(int(entry.id),), row_count=1)
    facts: tuple[Fact, ...] = (named("payee", entry.payee), amount)
    if reading.is_known:
        facts += (named("category", reading.category),)
    if entry.booked_date != work.today:
        facts += (day("date", entry.booked_date),)
    if arguments.account is not None or arguments.currency is not None:
        facts += (named("account", account.name),)
    if arguments.note:
        facts += (named("note", arguments.note),)
    # Cash drawn and money moved out are no spending, but they are not received either.
    shape = "income" if reading.flow is not Flow.SPEND and entry.amount.minor > 0 else "added"
    if reading.flow is Flow.SPEND:
        facts += left_facts(work, reading.category, entry.booked_date)
        shape = shape if reading.is_known else "uncategorised"
        shape = "back" if entry.amount.minor > 0 else shape
    answer = Answer(f"add_entry.{shape}", facts, choices=UNDO, subjects=(entry.handle,))
    return _with_other_day(answer, arguments)


def _with_other_day(answer: Answer, arguments: AddEntry) -> Answer:
    """Offer the other day that the user's word may mean; taking it moves the entry."""
    if arguments.other_date is None:
        return answer
    other = day("other_date", date.fromisoformat(arguments.other_date))
    return replace(
        answer,
        facts=(*answer.facts, other),
        options=(*answer.options, "add_entry.other_day"),
        choices=(*answer.choices, Choice(OTHER_DAY, "choice.other_day")),
    )


def booked_day(text: str | None, work: ToolWork, *, ahead: timedelta = timedelta(0)) -> date:
    """Return the day something was booked on: today when none was said, never further ahead."""
    if text is None:
        return work.today
    booked = date.fromisoformat(text)
    if booked > work.today + ahead:
        raise DateAhead
    if booked < work.today - _OLDEST:
        raise DateTooOld
    return booked


def _account(arguments: AddEntry, work: ToolWork) -> tuple[Account, bool]:
    """Return where it was paid from: the account named, else cash, opened when it is new.

    What a named account holds is also what the amount is in, unless a currency was said.
    """
    if arguments.account is not None:
        return names.account(work, arguments.account), False
    currency = arguments.currency or work.preferences.currency
    exponent(currency)
    accounts = work.uow.accounts.of(work.user_id)
    cash = [a for a in accounts if a.kind is AccountKind.CASH and a.currency == currency]
    if cash:
        return cash[0], False
    taken = {account.name for account in accounts}
    name = _CASH if _CASH not in taken else f"{_CASH} {currency}"
    opened = work.uow.accounts.open(
        work.user_id, name=name, kind=AccountKind.CASH, currency=currency, now=work.now
    )
    return opened, True


class EditEntry(Arguments):
    """Which entry, and what about it changes."""

    entry: str = Field(description="Handle of the entry, like 'entry:12'")
    amount: str | None = Field(None, description="The right amount, without sign")
    booked_date: str | None = Field(None, description="The right day, as ISO date")
    payee: str | None = Field(None, description="The right payee")
    note: str | None = Field(None, description="A note to keep with it")
    account: str | None = Field(None, description="The account it was really paid from")


@tool(
    tier=Tier.REVERSIBLE,
    inverse=("amount", "date", "payee", "note", "allocations", "entry_account"),
)
def edit_entry(arguments: EditEntry, work: ToolWork) -> Changed:
    """Correct an entry's amount, day, payee, account or note; what the bank said is kept."""
    entry = names.entry(work, arguments.entry)
    if entry.state not in IN_THE_BOOKS:
        raise EntryNotInBooks
    if arguments.amount is not None:
        return _edit_amount(entry, arguments.amount, work)
    if arguments.booked_date is not None:
        return _edit_date(entry, arguments.booked_date, work)
    if arguments.payee is not None:
        return _edit_payee(entry, arguments.payee, work)
    if arguments.account is not None:
        return _edit_account(entry, arguments.account, work)
    return _edit_note(entry, arguments.note or "", work)


def _edit_amount(entry: JournalEntry, text: str, work: ToolWork) -> Changed:
    _must_be_ours(entry, work)
    wanted = abs(Money.of(to_decimal(text), entry.amount.currency))
    if not wanted:
        raise AmountZero
    new = -wanted if entry.amount.minor < 0 else wanted
    if new == entry.amount:
        return _nothing(entry)
    work.uow.ledger.change_amount(work.user_id, entry.id, new, now=work.now)
    parts = entry.spread(counted(entry.flow, new))
    work.uow.categories.allocate(work.user_id, entry.id, parts, now=work.now)
    _note_change(entry, "amount", entry.amount.plain, new.plain, work)
    inverse = (
        Inverse("allocations", allocations_of(entry)),
        Inverse("amount", {"entry": int(entry.id), "minor": entry.amount.minor}),
    )
    facts = (
        named("payee", entry.payee),
        money("before", abs(entry.amount)),
        money("after", abs(new)),
        *left_facts(work, entry.category, entry.booked_date),
    )
    return _changed("amount", facts, entry, inverse)


def _edit_date(entry: JournalEntry, text: str, work: ToolWork) -> Changed:
    _must_be_ours(entry, work)
    new = booked_day(text, work, ahead=_JUST_AHEAD)
    if new == entry.booked_date:
        return _nothing(entry)
    work.uow.ledger.change_date(work.user_id, entry.id, new)
    _note_change(entry, "date", entry.booked_date.isoformat(), new.isoformat(), work)
    inverse = (Inverse("date", {"entry": int(entry.id), "day": entry.booked_date.isoformat()}),)
    facts = (
        named("payee", entry.payee),
        money("amount", entry.amount),
        day("before", entry.booked_date),
        day("after", new),
    )
    return _changed("date", facts, entry, inverse)


def _edit_payee(entry: JournalEntry, words: str, work: ToolWork) -> Changed:
    reading = read_words(work, words, None, payment_of(entry))
    if reading.payee == entry.payee:
        return _nothing(entry)
    work.uow.ledger.change_payee(work.user_id, entry.id, reading.payee, reading.merchant_key)
    _note_change(entry, "payee", entry.payee, reading.payee, work)
    arguments = {"entry": int(entry.id), "payee": entry.payee, "key": entry.merchant_key}
    facts = (
        named("before", entry.payee),
        named("after", reading.payee),
        money("amount", entry.amount),
    )
    return _changed("payee", facts, entry, (Inverse("payee", arguments),))


def _edit_account(entry: JournalEntry, words: str, work: ToolWork) -> Changed:
    """Move what was typed in to the account it was paid from; a bank's row stays where it is."""
    _must_be_ours(entry, work)
    account = names.account(work, words)
    names.refuse_own_record(account)
    if account.currency != entry.amount.currency:
        raise AccountOtherCurrency(account=account.name, currency=account.currency)
    if account.id == entry.account_id:
        return _nothing(entry)
    old = work.uow.ledger.change_account(work.user_id, entry.id, account.id, now=work.now)
    before = work.uow.accounts.get(work.user_id, old)
    _note_change(entry, "account", before.name, account.name, work)
    facts = (
        named("payee", entry.payee),
        money("amount", entry.amount),
        named("before", before.name),
        named("after", account.name),
    )
    inverse = Inverse("entry_account", {"entry": int(entry.id), "account": int(old)})
    return _changed("account", facts, entry, (inverse,))


def _edit_note(entry: JournalEntry, note: str, work: ToolWork) -> Changed:
    before = work.uow.categories.note(work.user_id, entry.id)
    work.uow.categories.annotate(work.user_id, entry.id, "note", note, source="user", now=work.now)
    facts = (named("payee", entry.payee), money("amount", entry.amount), named("note", note))
    inverse = (Inverse("note", {"entry": int(entry.id), "note": before}),)
    return _changed("note", facts, entry, inverse)


def _changed(
    shape: str, facts: tuple[Fact, ...], entry: JournalEntry, inverse: tuple[Inverse, ...]
) -> Changed:
    answer = Answer(f"edit_entry.{shape}", facts, choices=UNDO, subjects=(entry.handle,))
    return Changed(answer, inverse)


def _nothing(entry: JournalEntry) -> Changed:
    answer = Answer("edit_entry.nothing", entry_facts(entry), subjects=(entry.handle,))
    return Changed(answer, ())


def _must_be_ours(entry: JournalEntry, work: ToolWork) -> None:
    """Refuse to change what the bank is the record of; rows typed in by hand are ours."""
    _must_stand_alone(entry, work)
    if entry.source in (Source.IMPORT, Source.BANK):
        raise EntryLocked(payee=entry.payee)


def _must_stand_alone(entry: JournalEntry, work: ToolWork) -> None:
    """Refuse to change the money of a trade without the trade."""
    if work.uow.trades.of_entry(work.user_id, entry.id) is not None:
        raise EntryOfTrade(payee=entry.payee)


def _note_change(entry: JournalEntry, field: str, before: str, after: str, work: ToolWork) -> None:
    value = f"{before}\x1f{after}"
    work.uow.categories.annotate(work.user_id, entry.id, field, value, source="user", now=work.now)


def allocations_of(entry: JournalEntry) -> dict[str, object]:
    """Return an entry's allocations as undo arguments."""
    parts = [
        [part.category, part.amount.minor, part.source, part.confidence, part.locked]
        for part in entry.allocations
    ]
    return {
        "entry": int(entry.id),
        "flow": entry.flow.value,
        "currency": entry.amount.currency,
        "parts": parts,
    }


class DeleteEntry(Arguments):
    """Which entry."""

    entry: str = Field(
        description="Handle of the entry, like 'entry:12'; 'merchant:' and a shop: its only one"
    )


@tool(tier=Tier.REVERSIBLE, inverse=("restore_entry",))
def delete_entry(arguments: DeleteEntry, work: ToolWork) -> Changed:
    """Take an entry out of the books; an imported one stays out when the file comes again."""
    entry = _to_delete(arguments.entry, work)
    _must_stand_alone(entry, work)
    state = work.uow.ledger.void(work.user_id, entry.id, now=work.now)
    _note_change(entry, "deleted", "", "", work)
    imported = entry.source in (Source.IMPORT, Source.BANK, Source.DEMO)
    facts = (*entry_facts(entry), *left_facts(work, entry.category, entry.booked_date))
    shape = "delete_entry.imported" if imported else "delete_entry.deleted"
    inverse = Inverse("restore_entry", {"entry": int(entry.id), "state": state.value})
    return Changed(Answer(shape, facts, choices=UNDO, subjects=(entry.handle,)), (inverse,))


def _to_delete(handle: str, work: ToolWork) -> JournalEntry:
    """Return the entry meant; of a shop with several, the newest are offered by number."""
    if not names.is_of_shop(handle):
        return names.entry(work, handle)
    found = names.entries_of_shop(work, handle, limit=_MOST_OFFERED)
    if len(found) == 1:
        return found[0]
    options = tuple(entry_option(one) for one in found)
    raise Unclear("entry", phrase="clarify.which_entry", options=options)
