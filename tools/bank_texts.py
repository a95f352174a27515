"""Messages of banks that the user passes on: each becomes one entry, or is one already.

The text is foreign: its amount, account and day are believed for an entry in the user's own books
that can be undone; nothing in it is an instruction, and nobody in it can become a payee of money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from core.categories.cover import flow_of
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Fact, day, money, named
from core.ids import EntryId
from core.ledger.account import Account, AccountKind
from core.ledger.entry import Allocation, Flow, JournalEntry, NewEntry, Source, counted
from core.money import Money
from core.payees.cases import Payment
from core.statements.bank_text import BankText, read_bank_text
from core.statements.masking import without_cards
from tools import names
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.guessing import Reading, read_words
from tools.outcome import Changed, Inverse, Unclear
from tools.recording import allocations_of
from tools.spec import Arguments, Tier, tool

_NEW = "new"
_MOVED_OUT, _MOVED_IN = "TRANSFER_OUT_ACCOUNT_TRANSFER", "TRANSFER_IN_ACCOUNT_TRANSFER"


class BankTextUnreadable(FinanceError):
    """The text is not a bank's message about one payment."""

    code = "bank_text.unreadable"


class BookBankText(Arguments):
    """What the bank wrote, and whose account it is when the message leaves that open."""

    text: str = Field(description="The bank's message, word for word")
    account: str | None = Field(None, description="Account's name or handle; 'new' opens one")


@tool(tier=Tier.REVERSIBLE, inverse=("void_entry", "allocations", "account_active"))
def book_bank_text(arguments: BookBankText, work: ToolWork) -> Changed:
    """Book one payment from a bank's message, or link it to the entry that is there already."""
    told = read_bank_text(arguments.text, currency=work.preferences.currency, today=work.today)
    if told is None:
        raise BankTextUnreadable
    on = told.day or work.today
    known = work.uow.references.entries(work.user_id, _called(told), on)
    if known:
        return _told_again(_same_side(known, told, work), told, on, work)
    account, opened = _account(arguments, told, work)
    same = work.uow.references.unclaimed(work.user_id, account.id, told.amount, on)
    if len(same) == 1:
        entry = work.uow.entries.get(work.user_id, same[0])
        _keep_reference(entry, told, work)
        return _already(entry)
    amount = told.amount
    payment = Payment(amount.minor > 0, abs(amount.minor), amount.currency, int(account.id))
    reading = read_words(work, told.payee, None, payment)
    entry = _booked(told, account, on, reading, work)
    inverse: tuple[Inverse, ...] = (Inverse("void_entry", {"entry": int(entry.id)}),)
    if opened:
        inverse += (Inverse("account_active", {"account": int(account.id), "active": False}),)
    return Changed(_answer(entry, told, reading, work), inverse)


def _same_side(known: Sequence[EntryId], told: BankText, work: ToolWork) -> JournalEntry:
    """Return the entry that is told of; of a transfer both sides have the reference."""
    entries = [work.uow.entries.get(work.user_id, one) for one in known]
    same = (one for one in entries if (one.amount.minor < 0) == (told.amount.minor < 0))
    return next(same, entries[0])


def _told_again(entry: JournalEntry, told: BankText, on: date, work: ToolWork) -> Changed:
    """Handle a payment that is in the books: told twice, or by the bank of the other side."""
    if (entry.amount.minor < 0) == (told.amount.minor < 0):
        return _already(entry)
    other = _own_account(told, work)
    if other is None or other.id == entry.account_id or entry.amount != -told.amount:
        return Changed(Answer("book_bank_text.other_side", _facts(entry)), ())
    return _as_transfer(entry, other, told, on, work)


def _as_transfer(
    entry: JournalEntry, other: Account, told: BankText, on: date, work: ToolWork
) -> Changed:
    """Make both sides of a payment between own accounts a move: neither spent nor earned."""
    undo_flow = Inverse("allocations", allocations_of(entry))
    _move(entry, work)
    new = _new_entry(other, told, on, (Flow.MOVE, _moved(told.amount)), (entry.payee, ""))
    entry_id = work.uow.ledger.book(work.user_id, new, now=work.now)
    work.uow.references.keep(work.user_id, entry_id, told.reference)
    work.uow.rows.pair_transfers(work.user_id, now=work.now)
    facts = (
        named("payee", entry.payee),
        money("amount", abs(told.amount)),
        named("account", entry.account if entry.amount.minor < 0 else other.name),
        named("other_account", other.name if entry.amount.minor < 0 else entry.account),
    )
    answer = Answer("book_bank_text.moved", facts, choices=UNDO, subjects=(entry.handle,))
    return Changed(answer, (Inverse("void_entry", {"entry": int(entry_id)}), undo_flow))


def _move(entry: JournalEntry, work: ToolWork) -> None:
    if entry.flow is not Flow.MOVE:
        work.uow.ledger.change_flow(work.user_id, entry.id, Flow.MOVE, now=work.now)
    part = _moved(entry.amount)
    work.uow.categories.allocate(work.user_id, entry.id, (part,), now=work.now)


def _moved(amount: Money) -> Allocation:
    category = _MOVED_OUT if amount.minor < 0 else _MOVED_IN
    return Allocation(category, counted(flow_of(category), amount), "bank", 100)


def _already(entry: JournalEntry) -> Changed:
    answer = Answer("book_bank_text.known", _facts(entry), subjects=(entry.handle,))
    return Changed(answer, ())


def _facts(entry: JournalEntry) -> tuple[Fact, ...]:
    amount = money("amount", entry.amount, rows=(int(entry.id),), row_count=1)
    return (named("payee", entry.payee or entry.account), amount, day("date", entry.booked_date))


def _booked(
    told: BankText, account: Account, on: date, reading: Reading, work: ToolWork
) -> JournalEntry:
    part = Allocation(
        reading.category, counted(reading.flow, told.amount), reading.source, reading.confidence
    )
    payee = reading.payee or told.rail or account.name
    new = _new_entry(account, told, on, (reading.flow, part), (payee, reading.merchant_key))
    entry_id = work.uow.ledger.book(work.user_id, new, now=work.now)
    entry = work.uow.entries.get(work.user_id, entry_id)
    _keep_reference(entry, told, work)
    return entry


def _new_entry(
    account: Account,
    told: BankText,
    on: date,
    use: tuple[Flow, Allocation],
    known_as: tuple[str, str],
) -> NewEntry:
    (flow, part), (payee, merchant_key) = use, known_as
    return NewEntry(
        account_id=account.id,
        booked_date=on,
        amount=told.amount,
        flow=flow,
        allocations=(part,),
        payee=payee[:80],
        merchant_key=merchant_key,
        description=without_cards(" ".join(filter(None, (told.rail, told.payee, told.reference)))),
        source=Source.MANUAL,
    )


def _keep_reference(entry: JournalEntry, told: BankText, work: ToolWork) -> None:
    work.uow.references.keep(work.user_id, entry.id, _called(told))


def _called(told: BankText) -> str:
    """Return what a payment is known by: its reference, else what the message says of it."""
    return told.reference or f"{told.amount.minor} {told.day} {told.tail} {told.payee}"


def _account(arguments: BookBankText, told: BankText, work: ToolWork) -> tuple[Account, bool]:
    """Return whose account it is: by its last digits, else the user is asked.

    A new account is opened for digits that a bank calls an account's, never for a date or a
    reference, and only where no account of the user's could be the one.
    """
    if arguments.account is not None and arguments.account != _NEW:
        return names.account(work, arguments.account), False
    own = _own_account(told, work)
    if own is not None:
        return own, False
    candidates = _candidates(told, work)
    if told.tail and (arguments.account == _NEW or not candidates):
        return _open(told, work), True
    if len(candidates) == 1 and not told.tail:
        return candidates[0], False
    options = names.account_options(candidates)
    if told.tail:
        fields = {"tail": told.tail}
        options += (Option(_NEW, phrase="choice.new_bank_account", fields=fields),)
    raise Unclear("account", phrase="ask.account", options=options)


def _own_account(told: BankText, work: ToolWork) -> Account | None:
    """Return the user's one account with these last digits and this currency."""
    found = [
        account
        for account in work.uow.accounts.of(work.user_id)
        if told.tail
        and account.last4.endswith(told.tail)
        and account.currency == told.amount.currency
    ]
    return found[0] if len(found) == 1 else None


def _candidates(told: BankText, work: ToolWork) -> tuple[Account, ...]:
    """Return the accounts it may be: of the currency, not cash, no other digits known."""
    return tuple(
        account
        for account in work.uow.accounts.of(work.user_id)
        if account.currency == told.amount.currency
        and account.kind is not AccountKind.CASH
        and not (told.tail and account.last4)
    )


def _open(told: BankText, work: ToolWork) -> Account:
    kind = AccountKind.CARD if told.is_card else AccountKind.CHECKING
    return work.uow.accounts.open(
        work.user_id,
        name=f"{kind.value.capitalize()} {told.tail}",
        kind=kind,
        currency=told.amount.currency,
        number=f"****{told.tail}",
        now=work.now,
    )


def _answer(entry: JournalEntry, told: BankText, reading: Reading, work: ToolWork) -> Answer:
    amount = money("amount", entry.amount, rows=(int(entry.id),), row_count=1)
    facts: tuple[Fact, ...] = (
        named("payee", entry.payee),
        amount,
        named("account", entry.account),
    )
    if told.payee:
        facts += (named("party", entry.payee),)
    if entry.booked_date != work.today:
        facts += (day("date", entry.booked_date),)
    if told.rail:
        facts += (named("rail", told.rail),)
    shape = "received" if entry.amount.minor > 0 else "booked"
    if reading.is_known:
        facts += (named("category", reading.category),)
    elif shape == "booked":
        shape = "uncategorised"
    return Answer(f"book_bank_text.{shape}", facts, choices=UNDO, subjects=(entry.handle,))
